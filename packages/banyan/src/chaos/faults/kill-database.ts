import type { Fault } from './fault.ts'
import { waitFor } from '../wait-for.ts'

/** SIGKILL of the postmaster: every connection breaks, what was not committed is gone, recovery reads the WAL. */
export const killDatabase: Fault = {
  description: 'SIGKILL of the PostgreSQL server; it is started again and recovers',
  async inject({ system, clock }) {
    const before = await system.databaseServer()
    if (before === null) return null
    process.kill(before, 'SIGKILL')
    const after = await waitFor({ clock, what: 'a new PostgreSQL server' }, async () => {
      const now = await system.databaseServer()
      return now === before ? null : now
    })
    return `${before} → ${after}`
  },
}
