import type { Link, LinkState } from '../network/tcp-proxy.ts'
import { pick, type Fault, type Scene } from './fault.ts'

const WAYS: readonly LinkState[] = ['slow', 'no-answers', 'silent', 'reset', 'dribble']
const LEAST_MS = 500

/** Between the clients and the edge: what they asked for may have been done, and they do not know. */
export const breakLink = breaking('to the clients', ({ link }) => link)

/** Between the app and its database: whether a COMMIT was heard is what it cannot know. */
export const breakDatabaseLink = breaking('to the database', ({ databaseLink }) => databaseLink)

/** Between the processes of a fleet: a partition, though every one of them lives. */
export const breakProcessLink = breaking('between processes', ({ processLink }) => processLink)

function breaking(which: string, linkOf: (scene: Scene) => Link | null): Fault {
  return {
    description: `the link ${which} is slow, cut one way, silent, resets in mid-answer or dribbles, for ${LEAST_MS}–${2 * LEAST_MS} ms`,
    async inject(scene) {
      const link = linkOf(scene)
      if (link === null) return null
      const state = pick(scene.random, WAYS)!
      link.set(state)
      await scene.clock.sleep(LEAST_MS * (1 + scene.random.unit()))
      const { harmed } = link
      link.set('sound')
      return harmed > 0 ? `${state}: ${harmed} packets` : null
    },
  }
}
