import type { Fault } from './fault.ts'

/** As long as the lease of a process at least (3 s). */
const LEAST_MS = 3_000

/** Both sides live and neither is told: packets are lost until they are not. */
export const partition: Fault = {
  description: `the network between the app and its database loses everything for ${LEAST_MS}–${1.5 * LEAST_MS} ms (network namespace, else a silent relay)`,
  async inject({ partition: way, clock, random }) {
    if (way === null) return null
    await way.cut()
    await clock.sleep(LEAST_MS * (1 + random.unit() / 2))
    const lost = await way.heal()
    return lost > 0 ? `${lost} packets lost (${way.means})` : null
  },
}
