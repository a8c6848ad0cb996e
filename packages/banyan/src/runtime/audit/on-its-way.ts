import type { Clock } from '../../core/index.ts'
import { listTrailing } from '../../events/index.ts'
import { lastPosition, logName } from '../../log/index.ts'
import { isAttended, listUnfinishedSagas } from '../../saga/index.ts'
import type { RunningService } from '../services/running-service.ts'

/** What was on its way at one moment. */
export interface OnItsWay {
  /**
   * Whether nothing of it is any more: each saga that was open has ended or needs attention, each consumer has come to where the logs
   * ended. Or 15 s are over: what a dead process left is taken over within 5 s, and a consumer that skips events says so within 5 s.
   */
  hasArrived(): Promise<boolean>
}

type Looked = Pick<RunningService, 'shards' | 'log'>

const MAX_MS = 15_000

export async function noteOnItsWay(services: readonly Looked[], clock: Clock): Promise<OnItsWay> {
  const notedMs = clock.monotonicMs()
  const [open, ends] = await Promise.all([unfinished(services), endsOf(services)])
  return {
    async hasArrived() {
      if (clock.monotonicMs() - notedMs >= MAX_MS) return true
      const still = new Set(await unfinished(services))
      if (open.some((id) => still.has(id))) return false
      const trailing = await Promise.all(services.map(({ shards }) => listTrailing(shards.root, ends)))
      return trailing.flat().length === 0
    },
  }
}

/**
 * Whether anything of it can arrive: a process holds a lease, with which it acts for the sagas of a service. A killed one holds it for 3 s
 * yet. Where no service has sagas nobody holds one, and nothing waits for one either.
 */
export async function isAppRunning(services: readonly Pick<RunningService, 'shards' | 'sagas'>[]): Promise<boolean> {
  const owners = services.filter(({ sagas }) => sagas !== null)
  const attended = await Promise.all(owners.flatMap(({ shards }) => shards.all().map(isAttended)))
  return owners.length === 0 || attended.includes(true)
}

async function unfinished(services: readonly Looked[]): Promise<string[]> {
  return (await Promise.all(services.flatMap(({ shards }) => shards.all().map(listUnfinishedSagas)))).flat()
}

/** By the logs' names. */
async function endsOf(services: readonly Looked[]): Promise<ReadonlyMap<string, number>> {
  const ends = services.map(async ({ log, shards }) => [logName(log.log), await lastPosition(shards.root)] as const)
  return new Map(await Promise.all(ends))
}
