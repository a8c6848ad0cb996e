import type { AuditFinding } from '../runtime/index.ts'
import { hasMetWork, type InjectedFault } from './inject.ts'
import { QUIET_LIMIT_MS, type ChaosResult } from './run.ts'
import type { FaultCounts } from './schedule.ts'

/** What is kept of a run. `docs/guarantees.md` quotes reports; a run that did not pass shows why. */
export interface ChaosReport {
  readonly name: string
  /** ISO 8601, when it ended. */
  readonly date: string
  readonly machine: Machine
  readonly app: string
  readonly topology: string
  readonly seed: number
  /** Visits of customers; each places one order. */
  readonly orders: number
  readonly atOnce: number
  /** Asked for, by kind. */
  readonly planned: FaultCounts
  /** That took effect while visits were under way, by kind. */
  readonly faults: FaultCounts
  /** Broken invariants and everything else that did not add up. */
  readonly violations: number
  readonly complaints: readonly string[]
  readonly passed: boolean
  readonly audit: readonly Pick<AuditFinding, 'invariant' | 'verdict' | 'checked'>[]
  readonly answers: Readonly<Record<string, number>>
  readonly succeeded: number
  readonly requests: number
  readonly figures: Readonly<Record<string, number>>
  readonly durationS: number
  /** From the end of the last fault until every visit that was under way then had its final answers. */
  readonly settledMs: number | null
  /** From the last final answer until nothing was on its way. */
  readonly quietMs: number
  /** From a fault until the system was ready again. */
  readonly downMs: { readonly median: number; readonly max: number }
  readonly memoryMb: number
  readonly injected: readonly InjectedFault[]
  /** Visits that succeeded, a number for each `bucketS` seconds. */
  readonly goodput: { readonly bucketS: number; readonly visits: readonly number[] }
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  /** Load average of five minutes, when the run ended. */
  readonly load: number
  readonly node: string
}

export interface RunFacts {
  readonly name: string
  readonly date: string
  readonly machine: Machine
  readonly app: string
  readonly topology: string
  readonly seed: number
  readonly visits: number
  readonly atOnce: number
  readonly planned: FaultCounts
}

export function createReport({ visits, ...facts }: RunFacts, result: ChaosResult): ChaosReport {
  const { load, injected, judgement, audit } = result
  const met = injected.faults.filter(hasMetWork)
  const violations = [...violationsOf(result), ...judgement.complaints, ...load.complaints]
  const complaints = [...violations, ...shortfalls({ visits, ...facts }, result)]
  return {
    ...facts,
    orders: visits,
    faults: countKinds(met),
    violations: violations.length,
    complaints: complaints.slice(0, MAX_COMPLAINTS),
    passed: complaints.length === 0,
    audit: audit.map(({ invariant, verdict, checked }) => ({ invariant, verdict, checked })),
    answers: Object.fromEntries([...load.answers].toSorted(([a], [b]) => a.localeCompare(b))),
    succeeded: load.succeeded,
    requests: result.requests,
    figures: judgement.figures,
    durationS: Math.round(result.loadMs / 1_000),
    settledMs: injected.settledMs === null ? null : Math.round(injected.settledMs),
    quietMs: Math.round(result.quietMs),
    downMs: spread(injected.faults.map(({ downMs }) => downMs)),
    memoryMb: result.memoryMb,
    injected: injected.faults,
    goodput: toBuckets(load.perSecond),
  }
}

const MAX_COMPLAINTS = 100

/** What must never be, whatever happened. */
function violationsOf({ audit, open, injected }: ChaosResult): string[] {
  const broken = audit.filter(({ verdict }) => verdict === 'broken')
  const { settledMs } = injected
  return [
    ...broken.flatMap(({ invariant, rows }) => rows.map((row) => `${invariant}: ${row}`)),
    ...open.map((what) => `I1: ${what} ${QUIET_LIMIT_MS / 1_000} s after the last answer`),
    ...(settledMs !== null && settledMs > QUIET_LIMIT_MS
      ? [`I1: what was under way at the last fault ended only ${Math.round(settledMs)} ms after it`]
      : []),
  ]
}

/** Without these the run shows nothing: a fault that did not happen, a system that did not work. */
function shortfalls({ visits, planned }: RunFacts, { load, injected }: ChaosResult): string[] {
  const met = countKinds(injected.faults.filter(hasMetWork))
  const missing = Object.entries(planned).flatMap(([kind, count]) => {
    const happened = met[kind as keyof FaultCounts] ?? 0
    return happened === count ? [] : [`only ${happened} of ${count} faults of kind '${kind}' happened and met work`]
  })
  const succeeded = load.succeeded / visits
  return [
    ...missing,
    ...(succeeded >= LEAST_SUCCESS ? [] : [`only ${Math.round(succeeded * 100)} % of the visits succeeded`]),
    ...(load.succeeded > injected.succeededBefore || injected.faults.length === 0
      ? []
      : ['nothing succeeded after the last fault']),
  ]
}

const LEAST_SUCCESS = 0.3

function countKinds(faults: readonly InjectedFault[]): FaultCounts {
  const counts: Partial<Record<InjectedFault['kind'], number>> = {}
  for (const { kind } of faults) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

function spread(values: readonly number[]): { median: number; max: number } {
  const sorted = values.toSorted((a, b) => a - b)
  return { median: sorted[sorted.length >> 1] ?? 0, max: sorted.at(-1) ?? 0 }
}

const MAX_BUCKETS = 200

function toBuckets(perSecond: readonly number[]): ChaosReport['goodput'] {
  const bucketS = Math.max(1, Math.ceil(perSecond.length / MAX_BUCKETS))
  const visits = Array.from({ length: Math.ceil(perSecond.length / bucketS) }, (_, index) =>
    perSecond.slice(index * bucketS, (index + 1) * bucketS).reduce((sum, one) => sum + one, 0),
  )
  return { bucketS, visits }
}
