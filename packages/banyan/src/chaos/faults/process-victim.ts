import type { Random } from '../../core/index.ts'
import { isAlive } from '../processes.ts'
import type { System, SystemProcess } from '../system.ts'
import { waitFor } from '../wait-for.ts'
import { pick, type Scene } from './fault.ts'

/** The same process for the same draw, whatever order they came up in. `undefined`: none is ready. */
export async function pickProcess({
  system,
  random,
}: {
  system: System
  random: Random
}): Promise<SystemProcess | undefined> {
  return pick(
    random,
    (await system.processes()).toSorted((a, b) => a.name.localeCompare(b.name)),
  )
}

/**
 * Waits until a process that cannot live on has ended and another is there in its place: of a fleet the supervisor starts it, the
 * only process is started here. @returns the signal that ended the only one, else `null`, and who came after.
 */
export async function replaced(
  { system, clock }: Pick<Scene, 'system' | 'clock'>,
  victim: SystemProcess,
): Promise<{ readonly signal: NodeJS.Signals | null; readonly processId: number }> {
  if (!system.isFleet) {
    const signal = await system.ended
    await startAgain(system)
    return { signal, processId: system.processId }
  }
  await waitFor({ clock, what: `the end of ${victim.name}` }, () => !isAlive(victim.processId) || null)
  const successor = await waitFor({ clock, what: `a new ${victim.name}` }, async () => {
    const now = (await system.processes()).find(({ name }) => name === victim.name)
    return now && now.processId !== victim.processId ? now : null
  })
  return { signal: null, processId: successor.processId }
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
