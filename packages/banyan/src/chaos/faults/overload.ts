import type { Fault } from './fault.ts'

const BURST_MS = 2_000
const TIMES = 10

/** Ten times as many at once as there are visits, reading what nobody has to log in for. */
export const overload: Fault = {
  description: `${TIMES} times the load for ${BURST_MS} ms`,
  async inject({ system, atOnce, clock }) {
    const until = clock.monotonicMs() + BURST_MS
    const counts = { answered: 0, refused: 0 }
    const crowd = Array.from({ length: atOnce * TIMES }, async () => {
      while (clock.monotonicMs() < until) {
        // No answer is one, too: it was asked for.
        const answer = await fetch(`${system.url}/openapi.json`).catch(() => null)
        await answer?.arrayBuffer()
        counts[answer?.ok ? 'answered' : 'refused'] += 1
      }
    })
    await Promise.all(crowd)
    const { answered, refused } = counts
    return answered + refused >= atOnce * TIMES ? `${answered} answered, ${refused} refused` : null
  },
}
