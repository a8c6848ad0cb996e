import type { Fault } from './fault.ts'
import { pickProcess, replaced } from './process-victim.ts'

/** SIGKILL: no handler runs, nothing is flushed. The only process is started again; one of a fleet is by its supervisor. */
export const killProcess: Fault = {
  description: 'SIGKILL of one process; a new one goes on',
  async inject(scene) {
    const victim = await pickProcess(scene)
    if (victim === undefined) return null
    process.kill(victim.processId, 'SIGKILL')
    const { signal, processId } = await replaced(scene, victim)
    if (scene.system.isFleet) return `${victim.name} ${victim.processId} → ${processId}`
    return signal === 'SIGKILL' ? `${victim.name} ${victim.processId} ended by SIGKILL` : null
  },
}
