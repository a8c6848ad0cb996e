import { stateOf } from '../processes.ts'
import type { Fault } from './fault.ts'
import { pickProcess } from './process-victim.ts'

/** Longer than the lease of a process (3 s): others may have gone on in its place when it comes back. */
const PAUSE_MS = 4_000

export const pauseProcess: Fault = {
  description: `SIGSTOP of one process for ${PAUSE_MS} ms, longer than its lease, then SIGCONT`,
  async inject(scene) {
    const victim = await pickProcess(scene)
    if (victim === undefined) return null
    process.kill(victim.processId, 'SIGSTOP')
    await scene.clock.sleep(PAUSE_MS)
    const state = await stateOf(victim.processId)
    process.kill(victim.processId, 'SIGCONT')
    return state === 'T' ? `${victim.name} ${victim.processId} stood still (T)` : null
  },
}
