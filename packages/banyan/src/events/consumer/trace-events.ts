import type { StoredEvent } from '../../log/index.ts'
import { parseTraceParent, type Tracer } from '../../observe/index.ts'

/** A batch holds events of as many traces as it likes; this many of them get a span. */
const MAX_SPANS = 100

export interface TraceEventsOptions {
  readonly tracer: Tracer | undefined
  readonly consumer: string
}

/**
 * Handles a batch, with a span for each event whose trace is recorded, below the command that appended it: as long as the
 * batch, because set-based work is not done event by event. Others cost a look at their trace parent.
 */
export async function traceEvents(
  { tracer, consumer }: TraceEventsOptions,
  events: readonly StoredEvent[],
  handle: () => Promise<void>,
): Promise<void> {
  const sampled = tracer ? events.filter(({ traceParent }) => parseTraceParent(traceParent)?.sampled) : []
  const spans = sampled.slice(0, MAX_SPANS).map(({ type, traceParent, position }) =>
    tracer!.start(`${consumer} ${type}`, {
      parent: traceParent,
      kind: 'consumer',
      attributes: { 'banyan.log.position': position, 'messaging.batch.message_count': events.length },
    }),
  )
  try {
    await handle()
  } catch (error) {
    for (const span of spans) span.fail(error)
    throw error
  } finally {
    for (const span of spans) span.end()
  }
}
