import type { Reply, SagaReference } from '../contract/index.ts'
import type { ErrorJson } from '../core/index.ts'
import type { Database, Session, Writer } from '../data/index.ts'

/** A saga to begin in the transaction of the command that asks for it. */
export interface SagaStart {
  readonly kind: 'start'
  /** Carries the user: `sag_42_…`. */
  readonly id: string
  /** `orders.checkout` */
  readonly name: string
  /** What the saga is about, e.g. the order's id; its story is found by it. */
  readonly subject: string
  readonly input: unknown
}

/** A saga with the trace of the command that begins it: its steps go on with it, in whichever process they run. */
export interface TracedSagaStart extends SagaStart {
  readonly traceParent: string | null
}

/** The second and last write of a saga, in the transaction of the owner's command that ends it. */
export interface SagaEnd {
  readonly kind: 'end'
  readonly id: string
  readonly fence: number
  readonly status: 'completed' | 'compensated'
  /** What whoever waits for the saga is told. */
  readonly outcome: Outcome
}

/** A final answer: a reply or a declared error. */
export type Outcome =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'error'; readonly error: ErrorJson }

export interface WaitLimits {
  readonly waitMs: number
  readonly signal: AbortSignal
}

/** A saga's row as the transaction that may end it sees it, locked. */
export interface OwnSaga {
  readonly fence: number
  readonly status: 'running' | 'compensating' | 'completed' | 'compensated'
  /** The final answer, once it has ended. */
  readonly outcome: Outcome | null
}

/** How the command transaction begins and ends sagas without knowing the engine (which is an area above). */
export interface SagaHooks {
  /** Locks the rows of those sagas that this service owns, in id order; others are absent from the result. */
  lock(tx: Session, references: readonly SagaReference[]): Promise<ReadonlyMap<string, OwnSaga>>
  /** Writes begin rows. */
  begin(tx: Writer, database: Database, starts: readonly TracedSagaStart[]): void
  /** Writes end rows, of sagas that `lock` locked and found still open. */
  end(tx: Writer, ends: readonly SagaEnd[]): void
  /** After the commit: runs what began, wakes whoever waits for what ended. */
  committed(database: Database, sagas: readonly (TracedSagaStart | SagaEnd)[]): void
  /** The saga's final answer; `null` when it has not ended within `waitMs`. */
  answer(database: Database, id: string, limits: WaitLimits): Promise<Outcome | null>
}
