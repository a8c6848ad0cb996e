import { type Contract, defineQuery, internal } from '../../contract/index.ts'
import { coreErrors, Type } from '../../core/index.ts'

/** Longest that one call may wait for events, milliseconds. Bounds how long a call is in hand when its instance drains. */
const MAX_WAIT_MS = 10_000
/** Most events of one answer. */
export const MAX_READ_EVENTS = 2_000

const LogText = Type.String({ pattern: '^[a-z][a-z0-9-]{0,30}/[0-9]{1,9}/[0-9]{1,9}$', examples: ['orders/0/1'] })
const Position = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

const EventOnWire = Type.Object({
  position: Position,
  aggregateId: Type.String(),
  version: Type.Integer(),
  type: Type.String(),
  payload: Type.Unknown(),
  recordedAt: Type.String(),
  traceParent: Type.Union([Type.String(), Type.Null()]),
})

/**
 * The feed as operations: what the endpoint of every service serves beside its own, on every wire.
 *
 * Their inputs are closed and versions N and N−1 read each other's logs, so no field may ever be added to them; an answer
 * may get more.
 */
export const logOperations = {
  readEvents: defineQuery({
    summary: 'Events of the log that are final, in order; waits for the first when there are none.',
    input: Type.Object({
      log: LogText,
      after: Position,
      limit: Type.Integer({ minimum: 1, maximum: MAX_READ_EVENTS }),
      /** How long an answer without events may be held back. The held call is the hint between processes. */
      waitMs: Type.Integer({ minimum: 0, maximum: MAX_WAIT_MS }),
    }),
    output: Type.Object({ events: Type.Array(EventOnWire) }),
    access: internal,
    deadlineMs: MAX_WAIT_MS + 5_000,
    isHeld: true,
  }),
  describeLog: defineQuery({
    summary: 'Up to where the log is final, and how many events stand up to a position.',
    input: Type.Object({ log: LogText, countUpTo: Type.Union([Position, Type.Null()]) }),
    output: Type.Object({ watermark: Position, count: Type.Union([Type.Integer(), Type.Null()]) }),
    access: internal,
    deadlineMs: 30_000,
  }),
} as const

/**
 * The contract as it is served between processes: with the operations of its log. What other languages and people see stays
 * the contract itself.
 * @throws `api.INVALID_OPTIONS` when the contract has an operation of such a name.
 */
export function withLogOperations<C extends Contract>(contract: C): C {
  const taken = Object.keys(logOperations).filter((name) => name in contract.operations)
  if (taken.length === 0) return { ...contract, operations: { ...contract.operations, ...logOperations } }
  const subject = `Contract '${contract.name}'`
  const faults = taken.map((name) => `Operation '${name}' is the platform's own. Choose another name.`).join(' ')
  throw coreErrors.INVALID_OPTIONS({ subject, faults })
}

/** What a reader knows of a producer, whatever else its contract holds. */
export function logContract(producer: string) {
  return { name: producer, operations: logOperations, events: {}, errors: [] } as const
}
