import type { RunningOperation } from '../../command/index.ts'
import type { Call, Contract, Operation } from '../../contract/index.ts'
import { coreErrors, type Clock } from '../../core/index.ts'
import { eventsErrors, type Consumer, type ProjectionDefinition } from '../../events/index.ts'

/** The read models that answer queries of one service, as far as their consumers run here. */
export interface ReadModels {
  /**
   * The operation as it answers where a caller names what it has seen: once its read model has come so far.
   * @throws `events.READ_MODEL_BEHIND` when that takes too long; the caller may omit its token.
   */
  guard(operation: Operation, run: RunningOperation): RunningOperation
  /** From here on its consumer says how far it has come. */
  follow(consumer: Consumer): void
}

/** Longest that a read waits for its model, milliseconds: a read model lags by tens of them when all is well. */
const MAX_WAIT_MS = 2_000
/** What is left of the deadline for the read itself. */
const MARGIN_MS = 250

/** @throws `api.INVALID_OPTIONS` where an operation names a projection that the service does not keep. */
export function createReadModels(
  { name, operations }: Contract,
  projections: readonly ProjectionDefinition[],
  clock: Clock,
): ReadModels {
  const followed = new Map<string, Consumer>()
  requireProjections({ name, operations }, projections)

  return {
    guard(operation, run) {
      if (operation.kind !== 'query' || operation.readModel === undefined) return run
      const model = `${name}.${operation.readModel}`
      return async (input, call) => {
        const consumer = followed.get(model)
        if (call.after !== undefined && consumer) await wait(consumer, call, clock)
        return run(input, call)
      }
    },
    follow: (consumer) => void followed.set(consumer.name, consumer),
  }
}

async function wait(consumer: Consumer, { after, deadlineAtMs, signal }: Call, clock: Clock): Promise<void> {
  const leftMs = deadlineAtMs - clock.monotonicMs() - MARGIN_MS
  const waitMs = Math.round(Math.max(0, Math.min(MAX_WAIT_MS, leftMs)))
  if (await consumer.catchUp(after!, { waitMs, signal })) return
  throw eventsErrors.READ_MODEL_BEHIND({ readModel: consumer.name, waitMs })
}

function requireProjections(
  { name, operations }: Pick<Contract, 'name' | 'operations'>,
  projections: readonly ProjectionDefinition[],
): void {
  const kept = new Set(projections.map((projection) => projection.name))
  const faults = Object.entries(operations).flatMap(([id, operation]) => {
    const readModel = operation.kind === 'query' ? operation.readModel : undefined
    if (readModel === undefined || kept.has(`${name}.${readModel}`)) return []
    return [
      `Operation '${id}' reads '${name}.${readModel}', which is none of its projections: ${[...kept].join(', ')}.`,
    ]
  })
  if (faults.length > 0) {
    throw coreErrors.INVALID_OPTIONS({ subject: `Service '${name}'`, faults: faults.join(' ') })
  }
}
