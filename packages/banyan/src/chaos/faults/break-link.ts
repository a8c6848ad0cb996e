import type { LinkState } from '../tcp-proxy.ts'
import { pick, type Fault } from './fault.ts'

const WAYS: readonly LinkState[] = ['slow', 'no-answers', 'silent', 'reset', 'dribble']
const LEAST_MS = 500

/** Between the clients and the edge: what they asked for may have been done, and they do not know. */
export const breakLink: Fault = {
  description: `the link to the clients is slow, cut one way, silent, resets in mid-answer or dribbles, for ${LEAST_MS}–${2 * LEAST_MS} ms`,
  async inject({ link, random, clock }) {
    const state = pick(random, WAYS)!
    link.set(state)
    await clock.sleep(LEAST_MS * (1 + random.unit()))
    const { harmed } = link
    link.set('sound')
    return harmed > 0 ? `${state}: ${harmed} packets` : null
  },
}
