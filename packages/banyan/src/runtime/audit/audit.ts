import { createCall, serviceCall, type AuditReport, type Finding, type Wire } from '../../contract/index.ts'
import { auditKeys } from '../../command/index.ts'
import { systemClock, systemRandom, type Clock } from '../../core/index.ts'
import { auditShardKeys } from '../../data/index.ts'
import { auditConsumers } from '../../events/index.ts'
import { auditLog } from '../../log/index.ts'
import { auditLeases, auditSagas } from '../../saga/index.ts'
import type { AppDefinition, AuditFinding, JournalLine } from '../app.ts'
import { auditCaches } from './audit-caches.ts'
import { auditFences } from './audit-fences.ts'
import { auditLogText, type LogAudit } from './audit-log-text.ts'
import { auditReadModels } from './audit-read-models.ts'
import { auditServers } from './audit-servers.ts'
import type { CachePlaces } from './cache-looks.ts'
import { confirmFindings } from './confirm-findings.ts'
import { noteOnItsWay } from './on-its-way.ts'
import type { RunningProcess } from '../process-options.ts'
import type { RunningService } from '../services/running-service.ts'

export interface AuditOptions {
  readonly app: AppDefinition
  readonly running: Pick<RunningProcess, 'wire' | 'services' | 'server'>
  /** What a client wrote down of its calls; `null`: what needs it is not checked. */
  readonly journal: readonly JournalLine[] | null
  /** What the processes wrote; `null`: what needs it is not checked. Default `null`. */
  readonly logs?: LogAudit | null
  /** Nothing is on its way: what must be gone, or equal, by then is looked at, too. Default false. */
  readonly isQuiet?: boolean
  /** When quiet: where running gateways say what they keep. Default `null`: that is not checked. */
  readonly caches?: CachePlaces | null
  readonly clock?: Clock
  /**
   * How long before what looks wrong is looked at again: what is on its way is no fault. Default 2,000; kept answers have 5,000 at
   * least, and what open sagas and waiting events may still mend is looked at until they are done, for 15,000 at most.
   */
  readonly settlingMs?: number
}

/**
 * Checks the invariants of a live system: each service's own, the platform's tables, and what only several services
 * together show. A row is at fault only if it still is after the settling time.
 */
export async function auditApp(options: AuditOptions): Promise<readonly AuditFinding[]> {
  const { clock = systemClock, settlingMs = 2_000 } = options
  const first = await auditOnce(options)
  const broken = first.filter(isBroken)
  if (broken.length === 0) return first
  const onItsWay = await noteOnItsWay([...options.running.services.values()], clock)
  await clock.sleep(Math.max(settlingMs, broken.some(({ invariant }) => invariant === 'I11') ? KEPT_SETTLING_MS : 0))
  for (;;) {
    const hasArrived = await onItsWay.hasArrived()
    const findings = confirmFindings(first, await auditOnce(options))
    if (hasArrived || !findings.some(isBroken)) return findings
    await clock.sleep(AGAIN_MS)
  }
}

function isBroken({ verdict }: AuditFinding): boolean {
  return verdict === 'broken'
}

/** Between looks at what is still on its way. */
const AGAIN_MS = 1_000

/** I11 promises kept answers to be true within 5 s of quiet, and the audit may begin with the quiet. */
const KEPT_SETTLING_MS = 5_000

async function auditOnce(options: AuditOptions): Promise<AuditFinding[]> {
  const { app, running, journal, logs = null, clock = systemClock } = options
  const services = [...running.services.values()]
  const looks: Promise<readonly AuditFinding[]>[] = [
    ...app.services.map(({ contract }) => askService(contract.name, running.wire)),
    ...services.map((service) => auditPlatform(service, running.services)),
    auditFences(services),
    ...(app.audit ? [app.audit({ wire: running.wire, clock, journal })] : []),
    ...(logs ? [auditLogText(logs)] : []),
    ...(options.isQuiet ? [auditQuiet(options)] : []),
  ]
  // One that fails must not leave the others asking databases that are being closed.
  await Promise.allSettled(looks)
  const findings = merge((await Promise.all(looks)).flat())
  const missing = NEEDS.filter(([invariant]) => !findings.some((finding) => finding.invariant === invariant))
  return sort([...findings, ...missing.map(notChecked)])
}

/** What is only true once nothing is on its way. */
async function auditQuiet(options: AuditOptions): Promise<AuditFinding[]> {
  const { app, caches: places = null, clock = systemClock } = options
  const { services, server, wire } = options.running
  const leases = [...services.values()].map(async ({ name, shards }) => {
    const findings = await Promise.all(shards.all().map(auditLeases))
    return findings.map((finding) => nameRows(name, finding))
  })
  const leftovers = server ? await auditServers(server, [...services.keys()]) : []
  const readModels = await auditReadModels({ services, clock, random: systemRandom })
  const caches = places ? [await auditCaches({ app, wire, clock, places })] : []
  return [...leftovers.map(toFinding), ...(await Promise.all(leases)).flat(), readModels, ...caches]
}

/** What this audit cannot see; listed, because an invariant that is not named would pass for one that holds. */
const NEEDS = [
  ['I6', 'needs --journal'],
  ['I7', 'needs --journal'],
  ['I10', 'needs --quiet'],
  ['I11', 'needs --quiet, and gateways that say what they keep'],
  ['I12', 'needs --journal, with reads'],
  ['I18', 'needs --quiet'],
  ['I21', 'needs --logs'],
] as const

function notChecked([invariant, why]: (typeof NEEDS)[number]): AuditFinding {
  return { invariant, verdict: 'not-checked', checked: 0, rows: [why] }
}

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
    shards.all().map((database) =>
      database.transaction((tx) => Promise.all([auditLog(tx), auditKeys(tx), auditSagas(tx), auditShardKeys(tx)]), {
        mode: 'read',
      }),
    ),
  )
  const consumers = await auditConsumers(shards.root, sources)
  const findings = [...perDatabase.flat(), ...consumers]
  return findings.map((finding) => nameRows(name, finding))
}

/** Whose rows they are. */
function nameRows(service: string, finding: Finding): AuditFinding {
  return { ...toFinding(finding), rows: finding.rows.map((row) => `${service}: ${row}`) }
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
  return [...merged.values()]
}

function sort(findings: readonly AuditFinding[]): AuditFinding[] {
  return findings.toSorted((a, b) => a.invariant.localeCompare(b.invariant, 'en', { numeric: true }))
}

function join(one: AuditFinding, other: AuditFinding): AuditFinding {
  const verdicts = [one.verdict, other.verdict]
  const verdict = verdicts.includes('broken') ? 'broken' : verdicts.includes('holds') ? 'holds' : 'not-checked'
  return { ...one, verdict, checked: one.checked + other.checked, rows: [...one.rows, ...other.rows] }
}
