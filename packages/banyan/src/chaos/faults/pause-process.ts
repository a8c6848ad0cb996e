import { stateOf } from '../processes.ts'
import { pick, type Fault } from './fault.ts'

/** Longer than the lease of a process (3 s): others may have gone on in its place when it comes back. */
const PAUSE_MS = 4_000

export const pauseProcess: Fault = {
  description: `SIGSTOP of one process for ${PAUSE_MS} ms, longer than its lease, then SIGCONT`,
  async inject({ system, random, clock }) {
    const victim = pick(
      random,
      (await system.processes()).toSorted((a, b) => a.name.localeCompare(b.name)),
    )
    if (victim === undefined) return null
    process.kill(victim.processId, 'SIGSTOP')
    await clock.sleep(PAUSE_MS)
    const state = await stateOf(victim.processId)
    process.kill(victim.processId, 'SIGCONT')
    return state === 'T' ? `${victim.name} ${victim.processId} stood still (T)` : null
  },
}
