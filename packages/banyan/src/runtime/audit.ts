import { createCall, serviceCall, type AuditReport, type Finding, type Wire } from '../contract/index.ts'
import { auditKeys } from '../command/index.ts'
import { systemClock, type Clock } from '../core/index.ts'
import { auditConsumers } from '../events/index.ts'
import { auditLog } from '../log/index.ts'
import { auditSagas } from '../saga/index.ts'
import type { AppDefinition, AuditFinding, JournalLine } from './app.ts'
import { confirmFindings } from './confirm-findings.ts'
import type { RunningProcess } from './process-options.ts'
import type { RunningService } from './running-service.ts'

export interface AuditOptions {
  readonly app: AppDefinition
  readonly running: Pick<RunningProcess, 'wire' | 'services'>
  /** What a client wrote down of its calls; `null`: what needs it is not checked. */
  readonly journal: readonly JournalLine[] | null
  readonly clock?: Clock
  /** How long before what looks wrong is looked at again: what is on its way is no fault. Default 2,000. */
  readonly settlingMs?: number
}

/**
 * Checks the invariants of a live system: each service's own, the platform's tables, and what only several services
 * together show. A row is at fault only if it still is after the settling time.
 */
export async function auditApp(options: AuditOptions): Promise<readonly AuditFinding[]> {
  const { clock = systemClock, settlingMs = 2_000 } = options
  const first = await auditOnce(options)
  if (first.every((finding) => finding.verdict !== 'broken')) return first
  await clock.sleep(settlingMs)
  return confirmFindings(first, await auditOnce(options))
}

async function auditOnce({ app, running, journal, clock = systemClock }: AuditOptions): Promise<AuditFinding[]> {
  const services = [...running.services.values()]
  const [own, platform, whole] = await Promise.all([
    Promise.all(app.services.map(({ contract }) => askService(contract.name, running.wire))),
    Promise.all(services.map((service) => auditPlatform(service, running.services))),
    app.audit?.({ wire: running.wire, clock, journal }) ?? [],
  ])
  return merge([...NOT_CHECKED, ...own.flat(), ...platform.flat(), ...whole])
}

/** What this audit cannot see; listed, because an invariant that is not named would pass for one that holds. */
const NOT_CHECKED: readonly AuditFinding[] = [
  ['I10', 'compare read models with: banyan projections rebuild NAME --compare'],
  ['I11', 'needs a cache between requests, which this version has not'],
  ['I12', 'needs a journal of reads, which this version does not take'],
].map(([invariant, why]) => ({ invariant: invariant!, verdict: 'not-checked', checked: 0, rows: [why!] }))

async function askService(service: string, wire: Wire): Promise<AuditFinding[]> {
  const { data } = await wire.call(
    `${service}.audit`,
    {},
    createCall(serviceCall('audit', { key: null, timeoutMs: 120_000 })),
  )
  return (data as AuditReport).findings.map(toFinding)
}

async function auditPlatform(
  { name, shards }: RunningService,
  services: ReadonlyMap<string, RunningService>,
): Promise<AuditFinding[]> {
  const sources = [...services.values()].map((service) => service.log)
  const perDatabase = await Promise.all(
    shards
      .all()
      .map((database) =>
        database.transaction((tx) => Promise.all([auditLog(tx), auditKeys(tx), auditSagas(tx)]), { mode: 'read' }),
      ),
  )
  const consumers = await auditConsumers(shards.root, sources)
  const findings = [...perDatabase.flat(), ...consumers]
  return findings.map((finding) => ({ ...toFinding(finding), rows: finding.rows.map((row) => `${name}: ${row}`) }))
}

function toFinding({ invariant, ok, checked, rows }: Finding): AuditFinding {
  return { invariant, verdict: ok ? 'holds' : 'broken', checked, rows }
}

/** One line an invariant: broken where any part of it is, not checked only where no part was. */
function merge(findings: readonly AuditFinding[]): AuditFinding[] {
  const merged = new Map<string, AuditFinding>()
  for (const finding of findings) {
    const known = merged.get(finding.invariant)
    merged.set(finding.invariant, known ? join(known, finding) : finding)
  }
  return [...merged.values()].toSorted((a, b) => a.invariant.localeCompare(b.invariant, 'en', { numeric: true }))
}

function join(one: AuditFinding, other: AuditFinding): AuditFinding {
  const verdicts = [one.verdict, other.verdict]
  const verdict = verdicts.includes('broken') ? 'broken' : verdicts.includes('holds') ? 'holds' : 'not-checked'
  return { ...one, verdict, checked: one.checked + other.checked, rows: [...one.rows, ...other.rows] }
}
