/** A message as it was delivered. */
export interface DeliveredMessage {
  /** Its number in the stream. */
  readonly sequence: number
  /** Acknowledges this message and all before it in the stream. */
  readonly acknowledge: () => void
}

/** Messages that may be acknowledged once every reader has applied them, in the order of the stream. */
export interface Acknowledgements {
  /** How many wait: never more than the server sends before the first is acknowledged. */
  readonly size: number
  /** The highest number of a message that has come. */
  readonly newest: number
  /** A message that brings the event at `position`. One that comes again takes its own place. */
  add(message: DeliveredMessage, position: number): void
  /** A message that brings nothing: it waits for those before it. */
  pass(message: DeliveredMessage): void
  /** As `LogSource.applied`. */
  applied(reader: string, position: number | null): void
  /**
   * Messages up to `newest` that name a position behind `end` bring nothing either: nobody will ever apply them, and they would hold
   * back all that come after them. Returns how many were found.
   */
  passBeyond(end: number, newest: number): number
  /** Forgets the messages: their subscription has ended, and they will come again. */
  clear(): void
}

export function createAcknowledgements(): Acknowledgements {
  const readers = new Map<string, number>()
  const waiting = new Map<number, Waiting>()
  let newest = 0
  /** All up to this number are acknowledged; what of them comes again was on its way. */
  let acknowledgedTo = 0

  return {
    get size() {
      return waiting.size
    },
    get newest() {
      return newest
    },
    add,
    pass(message) {
      if (waiting.size > 0) add(message, NOTHING)
      else acknowledge(message)
    },
    applied(reader, position) {
      if (position === null) readers.delete(reader)
      else readers.set(reader, position)
      settle()
    },
    passBeyond(end, upTo) {
      const beyond = [...waiting.values()].filter(({ sequence, position }) => position > end && sequence <= upTo)
      for (const message of beyond) waiting.set(message.sequence, { ...message, position: NOTHING })
      settle()
      return beyond.length
    },
    clear() {
      waiting.clear()
      newest = acknowledgedTo = 0
    },
  }

  function add(message: DeliveredMessage, position: number): void {
    newest = Math.max(newest, message.sequence)
    if (message.sequence <= acknowledgedTo) message.acknowledge()
    else waiting.set(message.sequence, { ...message, position })
  }

  /** One message stands for all before it, so only the last is told. */
  function settle(): void {
    if (readers.size === 0) return
    const firstUnapplied = firstBehind(Math.min(...readers.values()))
    let last: DeliveredMessage | null = null
    for (const message of waiting.values()) {
      if (message.sequence >= firstUnapplied) continue
      waiting.delete(message.sequence)
      if (last === null || message.sequence > last.sequence) last = message
    }
    if (last !== null) acknowledge(last)
  }

  /** Not simply the first that came: after a subscription anew, those before come behind those that are new. */
  function firstBehind(end: number): number {
    let first = Number.POSITIVE_INFINITY
    for (const { sequence, position } of waiting.values()) if (position > end) first = Math.min(first, sequence)
    return first
  }

  function acknowledge(message: DeliveredMessage): void {
    newest = Math.max(newest, message.sequence)
    acknowledgedTo = Math.max(acknowledgedTo, message.sequence)
    message.acknowledge()
  }
}

interface Waiting extends DeliveredMessage {
  readonly position: number
}

/** Before every position of a log. */
const NOTHING = 0
