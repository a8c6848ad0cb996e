import { isError } from '../../core/index.ts'
import { eventsErrors, replayDeadLetters } from '../../events/index.ts'
import type { RunningProcess } from '../../runtime/index.ts'
import { listSagas, retrySaga } from '../../saga/index.ts'
import { consumersOf } from '../events/events-consumers.ts'

const MAX_ROWS = 1_000

/** Sets going again what waits for a person: sagas are resumed, dead letters replayed. No row is edited. */
export async function repair(running: RunningProcess): Promise<void> {
  await resumeSagas(running)
  await replayLetters(running)
}

async function resumeSagas({ services }: RunningProcess): Promise<void> {
  const owners = [...services.values()].filter(({ sagas }) => sagas !== null)
  for (const database of owners.flatMap(({ shards }) => shards.all())) {
    for (const { id } of await listSagas(database, { status: 'needs-attention', limit: MAX_ROWS })) {
      if (await retrySaga(database, id)) process.stderr.write(`resumed ${id}\n`)
    }
  }
}

async function replayLetters(running: RunningProcess): Promise<void> {
  for (const consumer of consumersOf(running, undefined)) {
    try {
      const { replayed, failed } = await replayDeadLetters({ ...consumer, includeSkipped: false, limit: MAX_ROWS })
      const why = failed[0] ? `: ${failed[0].error}. Mend the cause; \`banyan events dead\` lists them.` : ''
      process.stderr.write(`${consumer.definition.name}: ${replayed} replayed, ${failed.length} failed again${why}\n`)
    } catch (error) {
      if (!isError(error, eventsErrors.UNKNOWN_DEAD_LETTERS)) throw error // it has none
    }
  }
}
