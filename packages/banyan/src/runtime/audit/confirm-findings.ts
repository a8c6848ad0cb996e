import type { AuditFinding } from '../app.ts'

/** A finding names no more rows than this; one that names as many may hide others. */
const MAX_ROWS = 100

/** Of two looks, some time apart: only what both saw is a fault, what one saw was on its way. */
export function confirmFindings(
  before: readonly AuditFinding[],
  after: readonly AuditFinding[],
): readonly AuditFinding[] {
  const seen = new Map(before.map((finding) => [finding.invariant, new Set(finding.rows)]))
  return after.map((finding) => confirm(finding, seen.get(finding.invariant) ?? new Set()))
}

function confirm(finding: AuditFinding, seen: ReadonlySet<string>): AuditFinding {
  if (finding.verdict !== 'broken') return finding
  const rows = finding.rows.filter((row) => seen.has(row))
  if (rows.length > 0) return { ...finding, rows }
  // So many faults that two looks can name different ones: nothing of that kind is only on its way.
  if (finding.rows.length >= MAX_ROWS && seen.size >= MAX_ROWS) return finding
  return { ...finding, rows, verdict: finding.otherwise ?? 'holds' }
}
