import type { Finding } from '../contract/index.ts'
import type { Session } from './database.ts'

/** What an audit asks of tables. */
export interface RowCheck {
  readonly invariant: string
  /** Answers one row, `checked`: how many rows were looked at. */
  readonly count: string
  /** Answers a row, `fault`, for each that breaks the invariant: which one, and how. At most 100. */
  readonly faults: string
}

/** @param parameters Of `faults`. */
export async function auditRows(
  session: Session,
  { invariant, count, faults }: RowCheck,
  parameters: readonly unknown[] = [],
): Promise<Finding> {
  const [[counted], found] = await Promise.all([
    session.query<{ checked: number }>(count),
    session.query<{ fault: string }>(faults, parameters),
  ])
  const rows = found.map(({ fault }) => fault)
  return { invariant, ok: rows.length === 0, checked: counted!.checked, rows }
}
