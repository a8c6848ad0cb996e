import type { ErrorJson } from '../../core/index.ts'
import { createBatcher } from '../../command/index.ts'
import type { Database } from '../../data/index.ts'
import { turnBackSagas } from '../saga-store.ts'

export interface Turn {
  readonly id: string
  readonly fence: number
  readonly reason: ErrorJson
  readonly turnedAt: number
}

/** The write that turns back, many sagas in one statement: a sold-out product turns hundreds at once. */
export interface Turns {
  of(database: Database): { turn(turn: Turn): Promise<boolean> }
}

interface QueuedTurn {
  readonly turn: Turn
  readonly caller: null
  readonly bytes: 0
  readonly resolve: (turned: boolean) => void
  readonly reject: (error: unknown) => void
}

export function createTurns(): Turns {
  const batchers = new Map<Database, ReturnType<typeof createBatcher<QueuedTurn>>>()
  return {
    of(database) {
      const batcher =
        batchers.get(database) ??
        createBatcher<QueuedTurn>({ name: 'turning sagas back', run: (batch) => run(database, batch) })
      batchers.set(database, batcher)
      return {
        turn: (turn) =>
          new Promise((resolve, reject) => batcher.add({ turn, caller: null, bytes: 0, resolve, reject })),
      }
    },
  }
}

async function run(database: Database, batch: readonly QueuedTurn[]): Promise<void> {
  try {
    const turned = await turnBackSagas(
      database,
      batch.map(({ turn }) => turn),
    )
    for (const { turn, resolve } of batch) resolve(turned.has(turn.id))
  } catch (error) {
    for (const { reject } of batch) reject(error)
  }
}
