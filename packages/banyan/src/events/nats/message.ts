import { type LogId, logName, type OfferedEvent, type StoredEvent } from '../../log/index.ts'

/** An event as it stands in a message: with the position before it in the log, so that a gap shows. */
export function encodeEvent({ log, ...event }: StoredEvent, previous: number): string {
  return JSON.stringify({ log: logName(log), previous, ...event })
}

/** The same for each publishing of an event: the server drops those that it has. */
export function messageId(log: LogId, position: number): string {
  return `${logName(log)}/${position}`
}

/** `null`: it is no event of this log, whoever published it. */
export function decodeEvent(text: string, log: LogId): OfferedEvent | null {
  const message = parse(text)
  if (message?.log !== logName(log) || !Number.isSafeInteger(message.previous)) return null
  const { log: _, previous, ...event } = message
  return hasEventFields(event) ? { previous: previous as number, event: { ...event, log } } : null
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null // not JSON, so not ours
  }
}

function hasEventFields(event: Record<string, unknown>): event is Record<string, unknown> & Omit<StoredEvent, 'log'> {
  return (
    Number.isSafeInteger(event.position) &&
    Number.isInteger(event.version) &&
    ['aggregateId', 'type', 'recordedAt'].every((field) => typeof event[field] === 'string') &&
    (event.traceParent === null || typeof event.traceParent === 'string') &&
    'payload' in event
  )
}
