import type { Static } from 'typebox'
import { Type } from '../core/index.ts'

/** What a service found of one invariant on its own data. */
export const Finding = Type.Object({
  invariant: Type.String({ examples: ['I5'] }),
  ok: Type.Boolean(),
  /** How many rows were looked at: a check that saw nothing proves nothing. */
  checked: Type.Integer({ minimum: 0 }),
  /** The rows at fault, readable; at most 100. */
  rows: Type.Array(Type.String(), { maxItems: 100 }),
})
export type Finding = Static<typeof Finding>

/** The answer of every service's internal `audit` operation: one snapshot of its database. */
export const AuditReport = Type.Object({
  findings: Type.Array(Finding),
  /** Sums and counts that the audit compares between services. */
  facts: Type.Record(Type.String(), Type.Unknown()),
})
export type AuditReport = Static<typeof AuditReport>
