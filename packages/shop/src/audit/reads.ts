import type { AuditFinding, JournalLine } from 'banyan/runtime'

const ORDER = /^\/api\/(v\d+\/)?orders\/(?<id>[^/]+)$/

/**
 * I12: what a session was told of, its later reads find, and never at an earlier stage. The lines of one session about one order
 * come one after another, so their order in the journal is that in which it asked. None without a journal of reads.
 */
export function auditReads(journal: readonly JournalLine[]): AuditFinding[] {
  const known = new Map<string, number>()
  const rows: string[] = []
  let checked = 0
  for (const line of journal) {
    if (line.session === undefined) continue
    const read = line.stage === undefined ? null : ORDER.exec(line.path)?.groups?.id
    const orderId = read ?? line.orderId
    if (orderId === null || orderId === undefined) continue
    const place = `${line.session} ${orderId}`
    const before = known.get(place)
    if (read && before !== undefined && isAnswer(line)) {
      checked++
      const fault = faultOf(line, before)
      if (fault) rows.push(`${line.session} read order ${orderId}: ${fault}`)
    }
    known.set(place, Math.max(before ?? 0, line.stage ?? 0))
  }
  if (checked === 0) return []
  return [{ invariant: 'I12', verdict: rows.length === 0 ? 'holds' : 'broken', checked, rows: rows.slice(0, 100) }]
}

/** No answer, or one that says to come back, shows nothing. */
function isAnswer({ status }: JournalLine): boolean {
  return status === 200 || status === 404
}

function faultOf({ status, stage }: JournalLine, before: number): string | null {
  if (status === 404) return 'it is not there, and the session knew of it'
  return stage! < before ? `it is at stage ${stage}, and the session had seen stage ${before}` : null
}
