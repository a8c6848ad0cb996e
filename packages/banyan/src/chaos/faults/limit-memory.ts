import { limitMemory, type MemoryLimit } from '../machine/memory-limit.ts'
import { isAlive, memoryOf } from '../processes.ts'
import type { SystemProcess } from '../system.ts'
import { waitFor } from '../wait-for.ts'
import type { Fault, Scene } from './fault.ts'
import { pickProcess, replaced } from './process-victim.ts'

const ROOM_MB = 4
/** A process that has come to terms with its limit is left less and less. */
const TIGHTEN_EACH_MS = 250

/** As in a container that was given too little: it is killed where it asks for a page, in the middle of whatever it does. */
export const outOfMemory: Fault = {
  description: `one process may take ${ROOM_MB} MB more and no further (cgroup, else RLIMIT_DATA), until that kills it; a new one goes on`,
  async inject(scene) {
    const victim = await pickProcess(scene)
    if (victim === undefined) return null
    const hadMb = await memoryOf(victim.processId)
    const end = await squeeze(victim, scene)
    if (end === null) return null
    await replaced(scene, victim)
    return `${victim.name} ${victim.processId} ended with ${hadMb} MB and ${ROOM_MB} more: ${end}`
  },
}

/** @returns what ended it; `null`: the system has no way of limiting it. */
async function squeeze(victim: SystemProcess, { clock }: Scene): Promise<string | null> {
  await using limit = await limitMemory(victim.processId, ROOM_MB * 2 ** 20)
  if (limit === null) return null
  let nextMs = clock.monotonicMs() + TIGHTEN_EACH_MS
  await waitFor({ clock, what: `the end of ${victim.name} for want of memory` }, async () => {
    if (!isAlive(victim.processId)) return true
    if (clock.monotonicMs() < nextMs) return null
    nextMs += TIGHTEN_EACH_MS
    await tighten(limit, victim)
    return null
  })
  const kills = await limit.countKills()
  if (kills === 0) return null
  return kills === null ? `refused by ${limit.means}` : `killed by the kernel (${limit.means}, oom_kill ${kills})`
}

async function tighten(limit: MemoryLimit, { processId }: SystemProcess): Promise<void> {
  try {
    await limit.tighten()
  } catch (error) {
    // The kernel found nothing that it could take back, which is what is wanted, or the process has just ended.
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EBUSY' && isAlive(processId)) throw error
  }
}
