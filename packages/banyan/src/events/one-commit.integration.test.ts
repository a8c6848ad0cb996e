import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { systemClock, systemRandom } from '../core/index.ts'
import { createDatabase, type Database } from '../data/index.ts'
import { appendEvents, createLogSource, firstLog } from '../log/index.ts'
import { silentLogger } from '../observe/index.ts'
import { startTestPostgres } from '../testing/index.ts'
import { startConsumer } from './index.ts'

const EVENTS = 60
const folder = (area: string) => ({ area, folder: new URL(`../${area}/migrations/`, import.meta.url) })
const tools = { clock: systemClock, random: systemRandom, logger: silentLogger }

test('no commit of a consumer leaves an effect without its position, or a position without its effect', async (t) => {
  const postgres = await startTestPostgres({ fsync: false })
  t.after(() => postgres.stop())
  await using orders = createDatabase(await postgres.schema('orders', [folder('log')]))
  await using mails = createDatabase(await postgres.schema('mails', [folder('events')]))
  await mails.query('CREATE TABLE applied (aggregate_id text, version int)')
  await orders.transaction(async (tx) =>
    appendEvents(
      tx,
      Array.from({ length: EVENTS }, (_, index) => eventOf(index)),
    ),
  )

  const commits: { readonly applied: number; readonly processed: number }[] = []
  const watched = afterEachCommit(mails, async () => void commits.push(await standing(mails)))
  const source = createLogSource({ ...tools, database: orders, log: firstLog('orders') })
  const consumer = startConsumer({
    ...tools,
    database: watched,
    sources: [source],
    limits: { maxEvents: 7, minIntervalMs: 1 },
    definition: {
      name: 'mails.watched',
      types: ['orders.order-placed.v1'],
      handle: async (tx, events) =>
        tx.execute('INSERT INTO applied SELECT * FROM unnest($1::text[], $2::int[])', [
          events.map(({ aggregateId }) => aggregateId),
          events.map(({ version }) => version),
        ]),
    },
  })
  const deadlineMs = performance.now() + 20_000
  while (commits.at(-1)?.applied !== EVENTS && performance.now() < deadlineMs) await setImmediate()
  await consumer.stop()
  await source.stop()

  assert.ok(commits.length >= EVENTS / 7, `${commits.length} commits were seen`)
  assert.deepEqual(commits.at(-1), { applied: EVENTS, processed: EVENTS })
  const torn = commits.filter(({ applied, processed }) => applied !== processed)
  assert.deepEqual(torn, [], 'a process that dies behind such a commit applies twice, or never')
})

function eventOf(index: number) {
  const version = 1 + Math.floor(index / 5)
  return { type: 'orders.order-placed.v1', aggregateId: `a${index % 5}`, version, payload: {} }
}

/** The same database; nobody who waits for a commit goes on before `look` has looked. */
function afterEachCommit(database: Database, look: () => Promise<void>): Database {
  return {
    ...database,
    async transaction(work, options) {
      const result = await database.transaction(work, options)
      await look()
      return result
    },
  }
}

async function standing(database: Database): Promise<{ applied: number; processed: number }> {
  const [row] = await database.query<{ applied: number; processed: number }>(
    `SELECT (SELECT count(*)::int FROM applied) AS applied,
            (SELECT coalesce(sum(processed), 0)::int FROM banyan_positions) AS processed`,
  )
  return row!
}
