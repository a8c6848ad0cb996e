import { isAlive } from '../processes.ts'
import type { System } from '../system.ts'
import { pick, type Fault } from './fault.ts'
import { waitFor } from '../wait-for.ts'

/** SIGKILL: no handler runs, nothing is flushed. The only process is started again; one of a fleet is by its supervisor. */
export const killProcess: Fault = {
  description: 'SIGKILL of one process; a new one goes on',
  async inject({ system, random, clock }) {
    const victim = pick(
      random,
      (await system.processes()).toSorted((a, b) => a.name.localeCompare(b.name)),
    )
    if (victim === undefined) return null
    process.kill(victim.processId, 'SIGKILL')
    if (!system.isFleet) {
      const signal = await system.ended
      await startAgain(system)
      return signal === 'SIGKILL' ? `${victim.name} ${victim.processId} ended by SIGKILL` : null
    }
    await waitFor({ clock, what: `the end of ${victim.name}` }, () => !isAlive(victim.processId) || null)
    const successor = await waitFor({ clock, what: `a new ${victim.name}` }, async () => {
      const now = (await system.processes()).find(({ name }) => name === victim.name)
      return now && now.processId !== victim.processId ? now : null
    })
    return `${victim.name} ${victim.processId} → ${successor.processId}`
  },
}

const MAX_STARTS = 3

/** As a service manager does: on a machine that is short of everything a start may give up, too. */
async function startAgain(system: System): Promise<void> {
  for (let start = 1; ; start++) {
    try {
      return await system.start()
    } catch (error) {
      if (start === MAX_STARTS) throw error
    }
  }
}
