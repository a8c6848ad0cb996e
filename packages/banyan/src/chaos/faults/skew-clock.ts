import type { Fault } from './fault.ts'
import { pickProcess } from './process-victim.ts'

const LEAST_MINUTES = 1
const MOST_MINUTES = 10
const SKEWED_MS = 2_000

/** Its deadlines seem over or far away, its tokens old or from the future; whoever decides by the time of one machine decides wrongly. */
export const skewClock: Fault = {
  description: `the wall clock of one process jumps ${LEAST_MINUTES}–${MOST_MINUTES} minutes ahead or back, and after ${SKEWED_MS} ms is right again`,
  async inject(scene) {
    const { clocks, clock, random } = scene
    const victim = await pickProcess(scene)
    if (clocks === null || victim === undefined) return null
    const minutes = LEAST_MINUTES + (MOST_MINUTES - LEAST_MINUTES) * random.unit()
    const offsetMs = Math.round((random.unit() < 0.5 ? 1 : -1) * minutes * 60_000)
    const readMs = await clocks.set(victim.processId, offsetMs)
    await clock.sleep(SKEWED_MS)
    await clocks.set(victim.processId, 0)
    const isApart = Math.abs(readMs) > Math.abs(offsetMs) / 2
    return isApart ? `${victim.name} ${victim.processId} read ${describe(readMs)}` : null
  },
}

function describe(offsetMs: number): string {
  return `${Math.round(Math.abs(offsetMs) / 1_000)} s ${offsetMs > 0 ? 'ahead' : 'back'}`
}
