import type { Clock } from '../../core/index.ts'
import { listTrailing } from '../../events/index.ts'
import { lastPosition, logName } from '../../log/index.ts'
import { listUnfinishedSagas } from '../../saga/index.ts'
import type { RunningService } from '../services/running-service.ts'

export interface SettleOptions {
  readonly clock: Clock
  readonly atLeastMs: number
}

/**
 * Waits `atLeastMs`, and then until what was on its way at first has arrived: every open saga has ended or needs attention, every
 * consumer has come to where the logs ended. 15 s at most: what a dead process left is taken over within 5 s, and a consumer that
 * skips events may take 5 s to say so.
 */
export async function settle(services: readonly Settling[], { clock, atLeastMs }: SettleOptions): Promise<void> {
  const began = clock.monotonicMs()
  const [sagas, ends] = await Promise.all([unfinished(services), endsOf(services)])
  const atFirst = new Set(sagas)
  await clock.sleep(atLeastMs)
  while (clock.monotonicMs() - began < MAX_MS && (await isOnItsWay(services, { atFirst, ends })))
    await clock.sleep(LOOK_MS)
}

type Settling = Pick<RunningService, 'shards' | 'log'>

const LOOK_MS = 250
const MAX_MS = 15_000

async function unfinished(services: readonly Settling[]): Promise<string[]> {
  return (await Promise.all(services.flatMap(({ shards }) => shards.all().map(listUnfinishedSagas)))).flat()
}

/** By the logs' names. */
async function endsOf(services: readonly Settling[]): Promise<ReadonlyMap<string, number>> {
  return new Map(
    await Promise.all(
      services.map(async ({ log, shards }) => [logName(log.log), await lastPosition(shards.root)] as const),
    ),
  )
}

interface OnItsWay {
  readonly atFirst: ReadonlySet<string>
  readonly ends: ReadonlyMap<string, number>
}

async function isOnItsWay(services: readonly Settling[], { atFirst, ends }: OnItsWay): Promise<boolean> {
  if (atFirst.size > 0 && (await unfinished(services)).some((id) => atFirst.has(id))) return true
  const trailing = await Promise.all(services.map(({ shards }) => listTrailing(shards.root, ends)))
  return trailing.flat().length > 0
}
