import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createDatabase, type Database } from '../data/index.ts'
import { platformMigrations, startTestPostgres, type TestPostgres } from '../testing/index.ts'
import { auditSagas } from './audit.ts'
import { formatTimeline, type TimelineEntry } from './timeline.ts'

const BANK = platformMigrations('bank', new URL('../testing/migrations/', import.meta.url))

type Entry = Pick<TimelineEntry, 'step' | 'kind' | 'ms'> & { readonly second: number; readonly fence?: number }

const ran = (step: string, second: number): Entry => ({ step, kind: 'ran', second })
const undone = (step: string, second: number): Entry => ({ step, kind: 'compensated', second })

describe('the audit of sagas', () => {
  let postgres: TestPostgres
  let database: Database
  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    database = createDatabase(await postgres.schema('sagas', BANK))
  })
  after(async () => {
    await database?.stop()
    await postgres?.stop()
  })

  test('finds nothing wrong with entries that were written late, or done again after a take-over', async () => {
    const late = [undone('reserve', 3), ran('reserve', 1), ran('charge', 2)]
    const again = [
      ran('a', 1),
      ran('b', 2),
      undone('b', 3),
      { ...undone('b', 1), fence: 2 },
      { ...undone('a', 2), fence: 2 },
    ]
    assert.deepEqual(await look(late), [])
    assert.deepEqual(await look(again), [])
  })

  test('names a step after compensation began, and compensations in the wrong order, under the first fence, too', async () => {
    assert.deepEqual(await look([ran('a', 1), undone('a', 2), ran('b', 3)]), [
      'saga s ran b after it had begun to compensate',
    ])
    assert.deepEqual(await look([ran('a', 1), ran('b', 2), undone('a', 3), undone('b', 4)]), [
      'saga s compensated a before b, which had run after it',
    ])
  })

  test('names a step that began after the end, of a completed saga, too; one that was only answered after it is right', async () => {
    const answeredLate: Entry = { ...ran('late', 64), ms: 5_000 }
    const begunLate: Entry = { ...ran('late', 64), ms: 3_000 }
    for (const status of ['completed', 'compensated']) {
      assert.deepEqual(await look([answeredLate, { ...begunLate, kind: 'failed' }], status), [])
      assert.deepEqual(await look([begunLate], status), ['saga s: late, which began 00:00:01 after its end, has ran'])
    }
  })

  async function look(entries: readonly Entry[], status = 'compensated'): Promise<readonly string[]> {
    const timeline = formatTimeline(
      entries.map(({ second, fence = 1, ...entry }) => ({
        at: new Date(Date.UTC(2026, 0, 15, 10, 30, second)).toISOString(),
        attempt: 1,
        fence,
        process: 'one',
        ...entry,
      })),
    )
    await database.query('DELETE FROM banyan_sagas')
    await database.query(INSERT, [timeline, status])
    return (await database.transaction(auditSagas)).rows
  }
})

const INSERT = `
  INSERT INTO banyan_sagas (user_id, id, name, version, subject, input, status, reason, outcome, owner, owner_epoch, ended_at, timeline)
  VALUES (1, 's', 'checkout', 1, 'o', '{}', $2, '{}', '{}', 'one', 1, '2026-01-15T10:31:00Z', $1)`
