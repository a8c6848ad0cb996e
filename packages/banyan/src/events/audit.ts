import type { Finding } from '../contract/index.ts'
import type { Session } from '../data/index.ts'
import { type LocalLogSource, logName } from '../log/index.ts'

/**
 * What the counts of this database's consumers say about the logs at hand; consumers of other logs are not checked.
 * - I9: each event once. Nobody stands beyond a log's watermark, and no more is accounted for than was published.
 * - I17: nothing missing: processed + passed over + dead-lettered = published.
 */
export async function auditConsumers(session: Session, sources: readonly LocalLogSource[]): Promise<Finding[]> {
  const byName = new Map(sources.map((source) => [logName(source.log), source]))
  const tallies = (await session.query<ConsumerTally>(TALLY)).filter((tally) => byName.has(tally.log))
  const checks = await Promise.all(tallies.map((tally) => checkTally(tally, byName.get(tally.log)!)))
  return [toFinding('I9', checks), toFinding('I17', checks)]
}

/** The consumers that have not reached the ends of their logs, as `consumer log`; those of logs without an end here are left out. */
export async function listTrailing(session: Session, ends: ReadonlyMap<string, number>): Promise<string[]> {
  const tallies = await session.query<ConsumerTally>(TALLY)
  return tallies
    .filter(({ log, position }) => position < (ends.get(log) ?? 0))
    .map(({ consumer, log }) => `${consumer} ${log}`)
}

/** Where one consumer stands in one log, and what became of the events up to there. */
interface ConsumerTally {
  readonly consumer: string
  /** `orders/0/1` */
  readonly log: string
  /** All lanes have reached this. */
  readonly position: number
  /** Some lane is ahead of `position` and has counted events behind it. */
  readonly isMoving: boolean
  readonly processed: number
  /** Not asked for. */
  readonly passed: number
  readonly deadLettered: number
}

interface TallyCheck {
  readonly published: number
  readonly I9: string | null
  readonly I17: string | null
}

async function checkTally(tally: ConsumerTally, source: LocalLogSource): Promise<TallyCheck> {
  const { consumer, log, position, isMoving, processed, passed, deadLettered } = tally
  const [published, watermark] = await Promise.all([source.countUpTo(position), source.watermark()])
  const accounted = processed + passed + deadLettered
  const where = `${consumer} at ${log} position ${position}`
  const counts =
    `${where}: ${published} published, but ${processed} processed + ${passed} passed over + ` +
    `${deadLettered} dead-lettered = ${accounted}`
  const beyond = position > watermark ? `${where}: beyond the watermark, ${watermark}` : null
  const isMore = !isMoving && accounted > published
  const isLess = !isMoving && accounted < published
  return { published, I9: beyond ?? (isMore ? counts : null), I17: isLess ? counts : null }
}

function toFinding(invariant: 'I9' | 'I17', checks: readonly TallyCheck[]): Finding {
  const rows = checks.flatMap((check) => check[invariant] ?? []).slice(0, 100)
  const checked = checks.reduce((sum, check) => sum + check.published, 0)
  return { invariant, ok: rows.length === 0, checked, rows }
}

const TALLY = `
  SELECT lane.consumer, lane.log,
         min(lane.position)::float8 AS position,
         min(lane.position) <> max(lane.position) AS "isMoving",
         sum(lane.processed)::float8 AS processed,
         sum(lane.passed)::float8 AS passed,
         coalesce(max(letter.count), 0)::float8 AS "deadLettered"
  FROM banyan_positions AS lane
  LEFT JOIN (
    SELECT consumer, log, count(*) AS count FROM banyan_dead_letters GROUP BY consumer, log
  ) AS letter USING (consumer, log)
  GROUP BY lane.consumer, lane.log
  ORDER BY lane.consumer, lane.log`
