import type { ErrorJson } from '../core/index.ts'
import type { Database } from '../data/index.ts'
import type { TimelineEntry } from './timeline.ts'

/**
 * A saga as its row holds it.
 *
 * running ──(all steps ran, `complete` committed)──▶ completed
 *    │
 *    └─(the write that turns back)──▶ compensating ──(all undone, `abandon` committed)──▶ compensated
 *
 * `attention` set: bounded retries are used up; it stays in its state until somebody resumes it.
 */
export interface SagaRecord {
  readonly userId: string
  readonly id: string
  readonly name: string
  readonly version: number
  readonly subject: string
  readonly input: unknown
  readonly status: 'running' | 'compensating' | 'completed' | 'compensated'
  readonly reason: ErrorJson | null
  /** Index of the step that may have run last when the saga turned back; −1: none had begun. */
  readonly turnedAt: number | null
  readonly fence: number
  /** Time of the saga's database, milliseconds since 1970; `null`: none. */
  readonly deadlineAt: number | null
  /** Of the command that began it: every step continues its trace, after a take-over too. */
  readonly traceParent: string | null
}

/** A saga that this process acts for. */
export interface RunningSaga {
  readonly database: Database
  record: SagaRecord
  /** What happened and is not written yet. */
  readonly unwritten: TimelineEntry[]
  /** This process has taken the saga over from its own earlier life: the attempt under way ends at its next call. */
  isSuperseded: boolean
  /** This process began it and has acted for it without a break: no step has run but those that it knows of. */
  readonly isFirstRun: boolean
  /** Resolves when this process acts for it no more; never rejects. */
  done: Promise<void>
}

/** The user that a saga's id carries: `checkout_42_…`. */
export function userOfSaga(id: string): string {
  return id.split('_')[1] ?? '0'
}
