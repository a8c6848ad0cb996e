import { logName, tailLog, type LogSource, type StoredEvent } from '../../log/index.ts'
import type { AppDefinition, RunningProcess } from '../../runtime/index.ts'
import { usageFault } from '../terminal/fail.ts'
import { isOutputClosed, printLine } from '../terminal/output.ts'
import { withToolsUntilInterrupted } from '../with-tools.ts'

export interface TailCommandOptions {
  readonly service?: string
  readonly type?: readonly string[]
  readonly after?: number
  readonly follow: boolean
  readonly json: boolean
}

/** Follows one log or all of them; ends when interrupted, when nobody reads, or at the end with `--no-follow`. */
export async function tail(app: AppDefinition, options: TailCommandOptions): Promise<void> {
  const { type: types, after, follow } = options
  checkNames(app, options)
  await withToolsUntilInterrupted(app, async (running, interrupted) => {
    const ended = new AbortController()
    const signal = AbortSignal.any([interrupted, ended.signal])
    const followOne = async (source: LogSource) => {
      const events = follow ? tailLog({ source, types, after, signal }) : readToEnd(source, { types, after, signal })
      for await (const event of events) {
        if (signal.aborted) break
        await printLine(options.json ? JSON.stringify(toJson(event)) : toLine(event))
        if (isOutputClosed()) ended.abort()
      }
    }
    await Promise.all(sourcesOf(running, options).map(followOne))
  })
}

function checkNames(app: AppDefinition, { service, type: types = [] }: TailCommandOptions): void {
  const contracts = app.services.map(({ contract }) => contract)
  const services = contracts.map(({ name }) => name)
  if (service !== undefined && !services.includes(service)) {
    throw usageFault('--service', `it must be one of ${services.join(', ')}, got ${JSON.stringify(service)}.`)
  }
  const known = contracts
    .filter(({ name }) => service === undefined || name === service)
    .flatMap(({ name, events }) => Object.keys(events).map((event) => `${name}.${event}`))
  const unknown = types.find((type) => !known.includes(type))
  if (unknown !== undefined) {
    const allowed = known.length > 0 ? known.join(', ') : 'none: it has no events'
    throw usageFault('--type', `it must be one of ${allowed}; got ${JSON.stringify(unknown)}.`)
  }
}

function sourcesOf({ services }: RunningProcess, { service }: TailCommandOptions): LogSource[] {
  return [...services.values()].filter(({ name }) => service === undefined || name === service).map(({ log }) => log)
}

interface Range {
  readonly types?: readonly string[]
  readonly after?: number
  readonly signal: AbortSignal
}

/** Up to where the log is final now; without `after` that is nothing. */
async function* readToEnd(source: LogSource, { types, after, signal }: Range): AsyncGenerator<StoredEvent> {
  const end = await source.watermark()
  let position = after ?? end
  while (position < end && !signal.aborted) {
    const events = await source.read(position, 500)
    if (events.length === 0) return
    yield* events.filter((event) => event.position <= end && (types?.includes(event.type) ?? true))
    position = events.at(-1)!.position
  }
}

function toLine(event: StoredEvent): string {
  const { log, position, recordedAt, type, aggregateId, version, payload } = event
  return `${logName(log)}:${position}  ${recordedAt}  ${type}  ${aggregateId}#${version}  ${JSON.stringify(payload)}`
}

/** In a fixed order: people read it, too. */
function toJson(event: StoredEvent) {
  const { position, recordedAt, type, aggregateId, version, payload, traceParent } = event
  return { log: logName(event.log), position, recordedAt, type, aggregateId, version, payload, traceParent }
}
