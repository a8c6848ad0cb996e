import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { systemClock, systemRandom } from '../core/index.ts'
import { createDatabase, type Database } from '../data/index.ts'
import { appendEvents, createLogSource, readAggregate } from '../log/index.ts'
import { silentLogger } from '../observe/index.ts'
import { startTestPostgres, type TestPostgres } from '../testing/index.ts'
import { auditConsumers, listDeadLetters, startConsumer } from './index.ts'

const tools = { clock: systemClock, random: systemRandom, logger: silentLogger }
const log = { producer: 'orders', shard: 0, epoch: 1 }
const WRITERS = 4
const CRASHES = 3

describe('a server that crashes', () => {
  let postgres: TestPostgres
  let database: Database

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    const areas = ['log', 'events'].map((area) => ({
      area,
      folder: new URL(`../${area}/migrations/`, import.meta.url),
    }))
    database = createDatabase(await postgres.schema('orders', areas))
    await database.query('CREATE TABLE applied (seq bigserial, aggregate_id text, version int)')
  })

  after(async () => {
    await database?.stop()
    await postgres?.stop()
  })

  test('costs no event, doubles none, and parks none, although positions commit without waiting for the disk', async () => {
    await using source = createLogSource({ ...tools, database, log })
    await using consumer = startConsumer({
      ...tools,
      database,
      sources: [source],
      limits: { minIntervalMs: 1, maxEvents: 20 },
      definition: {
        name: 'orders.copy',
        types: ['orders.tested.v1'],
        handle: async (tx, events) =>
          tx.execute('INSERT INTO applied (aggregate_id, version) SELECT * FROM unnest($1::text[], $2::int[])', [
            events.map((at) => at.aggregateId),
            events.map((at) => at.version),
          ]),
      },
    })
    const incarnations = new Set([await findIncarnation()])
    let isWriting = true
    const writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(`w${writer}`, () => isWriting)))
    for (let crash = 0; crash < CRASHES; crash++) {
      await until(async () => (await countApplied()) > (crash + 1) * 100)
      await crashServer()
      await until(async () => !incarnations.has(await findIncarnation()))
      incarnations.add(await findIncarnation())
    }
    await pause(100)
    isWriting = false
    await writing
    await until(async () => (await countApplied()) === (await source.countUpTo(Number.MAX_SAFE_INTEGER)))
    assert.equal(incarnations.size, CRASHES + 1, 'every crash was one')
    for (let writer = 0; writer < WRITERS; writer++) await checkOrder(`w${writer}`)
    assert.deepEqual(await listDeadLetters(database), [])
    await until(async () => (await auditConsumers(database, [source])).every((finding) => finding.ok))
    assert.equal(consumer.state, 'running')
  })

  async function checkOrder(aggregateId: string): Promise<void> {
    const rows = await database.query<{ version: number }>(
      'SELECT version FROM applied WHERE aggregate_id = $1 ORDER BY seq',
      [aggregateId],
    )
    const events = await readAggregate({ database, log, aggregateId, limit: 100_000 })
    assert.deepEqual(
      rows.map((row) => row.version),
      events.map((event) => event.version),
    )
  }

  /** One aggregate's events, one a transaction; an answer that was lost is looked up. */
  async function write(aggregateId: string, goesOn: () => boolean): Promise<void> {
    for (let version = 1; goesOn();) {
      const event = { type: 'orders.tested.v1', aggregateId, version, payload: {} }
      const isDone = await database
        .transaction(async (tx) => appendEvents(tx, [event]))
        .then(
          () => true,
          () => false,
        )
      if (isDone || (await isStored(aggregateId, version))) version++
    }
  }

  async function isStored(aggregateId: string, version: number): Promise<boolean> {
    let events: readonly unknown[] = []
    await until(async () => {
      events = await readAggregate({ database, log, aggregateId, afterVersion: version - 1 })
      return true
    })
    return events.length > 0
  }

  /** A backend killed with SIGKILL makes the server end all others and recover from its log. */
  async function crashServer(): Promise<void> {
    const [row] = await database.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    process.kill(row!.pid, 'SIGKILL')
  }

  /** @throws while there is none: the source has not noticed the crash yet. */
  async function findIncarnation(): Promise<string> {
    const [row] = await database.query<{ id: string }>('SELECT id FROM banyan_log_incarnation')
    return row!.id
  }

  async function countApplied(): Promise<number> {
    const [row] = await database.query<{ count: number }>('SELECT count(*)::int AS count FROM applied')
    return row!.count
  }
})

/** Errors are the server's absence: they only mean not yet. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const holds = await isTrue().catch((error: unknown) => {
      if (performance.now() > deadline) throw error
      return false
    })
    if (holds) return
    assert.ok(performance.now() < deadline, 'the condition did not come true within 20 s')
    await pause(5)
  }
}
