import { coreErrors, isDeclared, isError } from '../core/index.ts'
import { redactText } from '../observe/index.ts'

/**
 * - `transient`: says nothing about the event (database gone, disk full, deadlock): never counted.
 * - `slow`: a statement ran into its time limit. Fewer events may fit, so the batch shrinks; but a database that is
 *   a hundred times slower must not turn every event into poison, so it is not counted as an attempt.
 * - `poison`: anything else.
 */
export type FailureKind = 'transient' | 'slow' | 'poison'

export function classifyFailure(error: unknown): FailureKind {
  if (isDeclared(error)) return error.retry === 'never' || isError(error, coreErrors.INTERNAL) ? 'poison' : 'transient'
  const state = sqlState(error)
  if (state === null) return 'poison'
  if (state === '57014') return 'slow'
  return TRANSIENT_STATES.test(state) ? 'transient' : 'poison'
}

/** One line for a dead letter: bounded, without secrets. */
export function describeFailure(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return redactText(text).slice(0, 2_000)
}

// Connection (08), idle transaction ended (25P03), standby (25006), rollback (40), resources (53), lock timeout (55P03),
// operator (57P), input and output (58). https://www.postgresql.org/docs/current/errcodes-appendix.html
const TRANSIENT_STATES = /^(08|40|53|57P|58|55P03|25P03|25006)/

function sqlState(error: unknown): string | null {
  const code = error instanceof Error && 'severity' in error && 'code' in error ? String(error.code) : ''
  return /^[0-9A-Z]{5}$/.test(code) ? code : null
}
