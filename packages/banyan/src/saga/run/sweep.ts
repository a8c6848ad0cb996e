import type { Clock, FaultPoints } from '../../core/index.ts'
import type { Database } from '../../data/index.ts'
import { createFailureLog, type Logger } from '../../observe/index.ts'
import type { Lease } from '../lease.ts'
import type { Actor } from './actor.ts'
import type { RunningSaga } from '../record.ts'
import { findNeglectedSagas, takeOverSagas } from '../saga-store.ts'

export interface SweepOptions {
  readonly leases: ReadonlyMap<Database, Lease>
  readonly clock: Clock
  readonly logger: Logger
  readonly faults: FaultPoints
  readonly intervalMs: number
  /** `name/version` of every definition this process can run; others are left to those who can. */
  readonly names: readonly string[]
  readonly running: ReadonlyMap<string, RunningSaga>
  readonly adopt: Actor['adopt']
}

/**
 * Renews the leases and takes up whatever nobody acts for. Level-triggered: each round looks at what *is*, so a round
 * that fails (database gone) loses nothing and strands nothing.
 */
export interface Sweep {
  /** The first round, which must succeed: without a lease nothing may begin. */
  start(): Promise<void>
  stop(): Promise<void>
}

export function createSweep(options: SweepOptions): Sweep {
  const { clock, intervalMs, leases, logger } = options
  let cancel: () => void = () => undefined
  let round: Promise<void> = Promise.resolve()
  let stopped = false
  const texts = { fails: 'sagas: lease not renewed; trying again each second', works: 'sagas: lease renewed again' }
  const trouble = createFailureLog({ logger, ...texts })

  return {
    async start() {
      await Promise.all([...leases].map(([database, lease]) => sweepOne(database, lease)))
      schedule()
    },
    async stop() {
      stopped = true
      cancel()
      await round
    },
  }

  function schedule(): void {
    if (stopped) return
    cancel = clock.schedule(intervalMs, () => {
      round = sweepAll().then(schedule)
    })
  }

  async function sweepAll(): Promise<void> {
    try {
      await Promise.all([...leases].map(([database, lease]) => sweepOne(database, lease)))
      trouble.worked()
    } catch (error) {
      trouble.failed(error)
    }
  }

  async function sweepOne(database: Database, lease: Lease): Promise<void> {
    await lease.renew()
    const orphans = await takeOverSagas(database, lease.owner, { names: options.names, limit: MAX_PER_ROUND })
    if (orphans.length > 0) logger.info({ sagas: orphans.length }, 'sagas taken over')
    if (orphans.length > 0 && options.faults.isArmed) await options.faults.reach('saga.taken-over')
    for (const { record, from } of orphans) options.adopt(database, record, { from })
    const acting = [...options.running.keys()]
    const neglected = await findNeglectedSagas(database, lease.owner, {
      acting,
      graceMs: GRACE_MS,
      limit: MAX_PER_ROUND,
    })
    for (const record of neglected) options.adopt(database, record)
  }
}

const MAX_PER_ROUND = 500
/** A saga this young may have been committed a moment ago and is about to be acted for. */
const GRACE_MS = 2_000
