import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { systemClock, systemRandom } from '../core/index.ts'
import { createDatabase, type Database, dataErrors, type Transaction } from '../data/index.ts'
import { appendEvents, createLogSource, type LocalLogSource, type LogSource, type StoredEvent } from '../log/index.ts'
import { silentLogger, type Logger } from '../observe/index.ts'
import { startTestPostgres, type TestPostgres, until } from '../testing/index.ts'
import { laneOf } from './lane.ts'
import {
  auditConsumers,
  type Consumer,
  type ConsumerDefinition,
  type ConsumerLimits,
  defineUpcast,
  listDeadLetters,
  replayDeadLetters,
  startConsumer,
  type Upcast,
} from './index.ts'

const ORDERED = 'orders.order-placed.v1'
const ORDERED_V2 = 'orders.order-placed.v2'
const PAID = 'payments.payment-captured.v1'

// Whoever works on a log holds lane 0, so another one is held in its place.
const EMPTY_LANE = laneOf('w0') === 1 ? 2 : 1

describe('a consumer', () => {
  let postgres: TestPostgres
  let orders: Database
  let payments: Database
  let mails: Database
  let second: Database
  let sources: LocalLogSource[]
  let consumers: Consumer[]

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    const log = { area: 'log', folder: new URL('../log/migrations/', import.meta.url) }
    const events = { area: 'events', folder: new URL('./migrations/', import.meta.url) }
    orders = createDatabase(await postgres.schema('orders', [log]))
    payments = createDatabase(await postgres.schema('payments', [log]))
    const options = await postgres.schema('mails', [events])
    mails = createDatabase(options)
    second = createDatabase(options)
    await mails.query(
      'CREATE TABLE applied (seq bigserial, log text, position bigint, aggregate_id text, version int, kind text)',
    )
  })

  beforeEach(async () => {
    const make = (database: Database, producer: string) =>
      createLogSource({
        database,
        log: { producer, shard: 0, epoch: 1 },
        clock: systemClock,
        random: systemRandom,
        logger: silentLogger,
      })
    for (const database of [orders, payments]) await database.query('TRUNCATE banyan_log')
    await mails.query('TRUNCATE applied, banyan_positions, banyan_attempts, banyan_dead_letters')
    sources = [make(orders, 'orders'), make(payments, 'payments')]
    consumers = []
  })

  afterEach(async () => {
    for (const consumer of consumers) await consumer.stop()
    for (const source of sources) await source.stop()
  })

  after(async () => {
    for (const database of [orders, payments, mails, second]) await database?.stop()
    await postgres?.stop()
  })

  test('applies each event once, in order, from several logs, and passes over the rest', async () => {
    start({})
    await append(orders, 'a:1', 'b:1', 'a:2')
    await orders.transaction(async (tx) => appendEvents(tx, [event('x', 1, 'orders.unasked.v1')]))
    await append(orders, 'b:2')
    await payments.transaction(async (tx) => appendEvents(tx, [event('p', 1, PAID)]))
    await until(async () => (await applied()).length === 5)
    assert.deepEqual(await applied('orders/0/1'), ['a:1', 'b:1', 'a:2', 'b:2'])
    assert.deepEqual(await applied('payments/0/1'), ['p:1'])
    assert.deepEqual(await tally(), { processed: 5, passed: 1, parked: 0 })
  })

  test('goes on where it stood after a stop', async () => {
    const first = start({})
    await append(orders, 'a:1')
    await until(async () => (await applied()).length === 1)
    await first.stop()
    assert.equal(first.state, 'stopped')
    await append(orders, 'a:2')
    start({})
    await until(async () => (await applied()).length === 2)
    assert.deepEqual(await applied(), ['a:1', 'a:2'])
  })

  test('a failing batch is narrowed to the guilty event; its aggregate waits in order, the others flow', async () => {
    const events = Array.from({ length: 40 }, (_, index) => `o${index % 10}:${1 + Math.floor(index / 10)}`)
    await append(orders, ...events)
    start({ failsOn: 'o3:2' })
    await until(async () => (await applied()).length === 37)
    await append(orders, 'o3:5', 'o4:5')
    await until(async () => (await applied()).length === 38)
    const letters = await listDeadLetters(mails)
    assert.deepEqual(
      letters.map(({ aggregateId, version, status, error }) => [`${aggregateId}:${version}`, status, error]),
      [
        ['o3:2', 'poisoned', 'Error: cannot apply o3:2'],
        ['o3:3', 'waiting', null],
        ['o3:4', 'waiting', null],
        ['o3:5', 'waiting', null],
      ],
    )
    assert.deepEqual(await tally(), { processed: 38, passed: 0, parked: 4 })
  })

  test('a replay that still fails leaves everything waiting; one that works applies in order and frees', async () => {
    await append(orders, 'a:1', 'b:1', 'a:2', 'a:3')
    const failing = { failsOn: 'a:1' }
    start(failing)
    await until(async () => (await listDeadLetters(mails)).length === 3)
    const failed = await replayDeadLetters({ database: mails, definition: define(failing) })
    assert.deepEqual([failed.replayed, failed.failed.map(({ error }) => error)], [0, ['Error: cannot apply a:1']])
    const replayed = await replayDeadLetters({ database: mails, definition: define({}) })
    assert.deepEqual(replayed, { replayed: 3, failed: [] })
    await append(orders, 'a:4')
    await until(async () => (await applied()).length === 5)
    assert.deepEqual(await applied(), ['b:1', 'a:1', 'a:2', 'a:3', 'a:4'])
    assert.deepEqual(await tally(), { processed: 5, passed: 0, parked: 0 })
    await assert.rejects(replayDeadLetters({ database: mails, definition: define({}) }), /has no dead letters/)
  })

  test('skip goes on with the aggregate and shows what was skipped', async () => {
    await append(orders, 'a:1', 'a:2', 'a:3')
    start({ failsOn: 'a:2', poison: 'skip' })
    await until(async () => (await applied()).length === 2)
    assert.deepEqual(await applied(), ['a:1', 'a:3'])
    assert.deepEqual(
      (await listDeadLetters(mails)).map(({ version, status }) => [version, status]),
      [[2, 'skipped']],
    )
    assert.deepEqual(await tally(), { processed: 2, passed: 0, parked: 0 })
  })

  test('past the bound of dead letters it waits, and goes on after a replay', async () => {
    await append(orders, 'a:1', 'a:2', 'a:3', 'b:1')
    start({ failsOn: 'a:1', limits: { maxParked: 2 } })
    await until(async () => (await listDeadLetters(mails)).length === 1 && consumers[0]!.state === 'retrying')
    assert.deepEqual(await applied(), [], 'a:2 and a:3 do not fit, so b:1 waits with them')
    await replayDeadLetters({ database: mails, definition: define({}) })
    await until(async () => (await applied()).length === 4)
  })

  test('a database that comes and goes poisons nothing', async () => {
    await append(orders, 'a:1')
    let failures = 0
    start({
      limits: { maxAttempts: 2 },
      onHandle: () => {
        if (failures++ < 6) throw dataErrors.UNAVAILABLE({ database: 'mails' })
      },
    })
    await until(async () => (await applied()).length === 1)
    assert.equal((await listDeadLetters(mails)).length, 0)
  })

  test('an event that runs out of time again and again is parked in the end, others are not', async () => {
    await append(orders, 'a:1', 'slow:1', 'b:1')
    const timeout = Object.assign(new Error('canceling statement'), { severity: 'ERROR', code: '57014' })
    let runs = 0
    start({
      limits: { maxAttempts: 1 },
      onHandle: (events) => {
        if (!events.some((at) => at.aggregateId === 'slow')) return
        runs++
        throw timeout
      },
    })
    await until(async () => (await applied()).length === 2)
    assert.deepEqual(
      (await listDeadLetters(mails)).map(({ aggregateId, error }) => [aggregateId, error]),
      [['slow', 'Error: canceling statement']],
    )
    assert.ok(runs >= 5, `${runs} runs`)
  })

  test('a log that cannot be read holds up no other', async () => {
    const broken: LogSource = { ...sources[1]!, read: () => Promise.reject(new Error('no route')) }
    start({ sources: [sources[0]!, broken] })
    await append(orders, 'a:1')
    await until(async () => (await applied()).length === 1)
  })

  test('positions that a crash of the server took back are applied again', async () => {
    start({})
    await append(orders, 'a:1', 'b:1')
    await until(async () => (await applied()).length === 2)
    await mails.transaction(async (tx) => {
      tx.execute('UPDATE banyan_positions SET position = 0, processed = 0')
      tx.execute('TRUNCATE applied')
    })
    await append(orders, 'c:1')
    await until(async () => (await applied()).length === 3)
    assert.deepEqual(await applied(), ['a:1', 'b:1', 'c:1'])
  })

  test('the audit sees an event too many and one too few', async () => {
    start({})
    await append(orders, 'a:1', 'b:1')
    await until(async () => (await applied()).length === 2)
    const auditAfter = async (change: number) => {
      await mails.query('UPDATE banyan_positions SET processed = processed + $1 WHERE lane = 0 AND log = $2', [
        change,
        'orders/0/1',
      ])
      return (await auditConsumers(mails, sources)).map(({ invariant, ok }) => `${invariant} ${ok}`)
    }
    await tally()
    assert.deepEqual(await auditAfter(1), ['I9 false', 'I17 true'])
    assert.deepEqual(await auditAfter(-2), ['I9 true', 'I17 false'])
  })

  test('two processes run the same consumer: once each, in order, and one takes over from the other', async () => {
    const one = start({})
    start({ database: second })
    const writing = Promise.all(
      Array.from({ length: 6 }, async (_, writer) => {
        for (let version = 1; version <= 40; version++) {
          await append(orders, `w${writer}:${version}`)
          if (writer === 0 && version === 20) await one.stop()
          if (writer === 0 && version === 30) start({})
        }
      }),
    )
    await writing
    await until(async () => (await applied()).length >= 240)
    const all = await applied()
    assert.equal(new Set(all).size, all.length, 'nothing twice')
    for (let writer = 0; writer < 6; writer++) {
      const own = all.filter((name) => name.startsWith(`w${writer}:`))
      assert.deepEqual(
        own,
        Array.from({ length: 40 }, (_, index) => `w${writer}:${index + 1}`),
      )
    }
    assert.deepEqual(await tally(), { processed: 240, passed: 0, parked: 0 })
  })

  test('a lane that another process held while the others moved, and that has no event of its own, follows', async () => {
    await append(orders, 'w0:1')
    start({ limits: { flushMs: 50, idlePollMs: 20 } })
    await until(async () => (await behind()) === 0)
    await mails.transaction(async (tx) => {
      await tx.query('SELECT 1 FROM banyan_positions WHERE lane = $1::smallint FOR UPDATE', [EMPTY_LANE])
      await append(orders, 'w0:2')
      await until(async () => (await applied()).length === 2)
      assert.ok((await behind()) > 0, 'the lane that is held has not moved')
    })
    await until(async () => (await behind()) === 0)
    assert.deepEqual(await tally(), { processed: 2, passed: 0, parked: 0 })
  })

  test('in a rollout an event of a version that only the newer process knows waits for it; nothing is lost or doubled', async () => {
    const warnings: string[] = []
    const older = start({ logger: { ...silentLogger, warn: (_, text) => void warnings.push(text) } })
    await append(orders, 'a:1')
    await orders.transaction(async (tx) => appendEvents(tx, [event('b', 1, ORDERED_V2)]))
    await append(orders, 'a:2', 'c:1')
    await until(async () => warnings.length > 0)
    await until(async () => (await applied()).length === 1)
    assert.match(warnings[0]!, /newer version than this process knows/)
    assert.equal((await applied()).length, 1, 'nothing behind it is applied, and no position passes it')

    const toV2 = defineUpcast(ORDERED, ORDERED_V2, (payload: object) => payload)
    const newer = start({ database: second, types: [ORDERED_V2, PAID], upcasts: [toV2] })
    await until(async () => (await applied()).length === 4)
    assert.deepEqual(await applied(), ['a:1', 'b:1', 'a:2', 'c:1'])
    await newer.stop()
    await append(orders, 'c:2') // past it, the older one goes on
    await until(async () => (await applied()).length === 5)
    await older.stop()
    assert.equal(warnings.length, 1)
    assert.deepEqual(await tally(), { processed: 5, passed: 0, parked: 0 })
  })

  interface Setup {
    readonly types?: readonly string[]
    readonly upcasts?: readonly Upcast[]
    readonly logger?: Logger
    readonly failsOn?: string
    readonly poison?: 'park' | 'skip'
    readonly limits?: ConsumerLimits
    readonly database?: Database
    readonly sources?: readonly LogSource[]
    readonly onHandle?: (events: readonly StoredEvent[]) => void
  }

  function define({ failsOn, poison, onHandle, types = [ORDERED, PAID], upcasts }: Setup): ConsumerDefinition {
    return {
      name: 'mails.test',
      types,
      upcasts,
      ...(poison ? { poison } : {}),
      async handle(tx, events) {
        onHandle?.(events)
        writeApplied(tx, events)
        const guilty = events.find((at) => `${at.aggregateId}:${at.version}` === failsOn)
        if (guilty) throw new Error(`cannot apply ${guilty.aggregateId}:${guilty.version}`)
      },
    }
  }

  function start(setup: Setup): Consumer {
    const consumer = startConsumer({
      definition: define(setup),
      database: setup.database ?? mails,
      sources: setup.sources ?? sources,
      clock: systemClock,
      random: { ...systemRandom, unit: () => 0.05 },
      logger: setup.logger ?? silentLogger,
      limits: { minIntervalMs: 1, flushMs: 50, idlePollMs: 100, ...setup.limits },
    })
    consumers.push(consumer)
    return consumer
  }

  async function append(database: Database, ...names: string[]): Promise<void> {
    await database.transaction(async (tx) =>
      appendEvents(
        tx,
        names.map((name) => {
          const [aggregateId, version] = name.split(':') as [string, string]
          return event(aggregateId, Number(version), ORDERED)
        }),
      ),
    )
    sources[0]!.notifyAppend()
  }

  async function applied(log?: string): Promise<string[]> {
    const rows = await mails.query<{ name: string }>(
      `SELECT aggregate_id || ':' || version AS name FROM applied WHERE $1::text IS NULL OR log = $1 ORDER BY seq`,
      [log ?? null],
    )
    return rows.map((row) => row.name)
  }

  async function tally() {
    const read = async () => {
      const [row] = await mails.query<{ processed: number; passed: number; parked: number }>(
        'SELECT sum(processed)::int AS processed, sum(passed)::int AS passed, sum(parked)::int AS parked FROM banyan_positions',
      )
      return row!
    }
    await until(async () => (await behind()) === 0)
    for (const finding of await auditConsumers(mails, sources)) assert.deepEqual(finding.rows, [])
    return read()
  }

  /** Events behind the consumer's positions. */
  async function behind(): Promise<number> {
    const [row] = await orders.query<{ last: number }>('SELECT coalesce(max(position), 0)::int AS last FROM banyan_log')
    const [lane] = await mails.query<{ first: number }>(
      `SELECT min(position)::int AS first FROM banyan_positions WHERE log = 'orders/0/1'`,
    )
    return row!.last - lane!.first
  }
})

function event(aggregateId: string, version: number, type: string) {
  return { type, aggregateId, version, payload: { aggregateId } }
}

function writeApplied(tx: Transaction, events: readonly StoredEvent[]): void {
  tx.execute(
    `INSERT INTO applied (log, position, aggregate_id, version, kind)
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::int[], $5::text[])`,
    [
      events.map((at) => `${at.log.producer}/${at.log.shard}/${at.log.epoch}`),
      events.map((at) => at.position),
      events.map((at) => at.aggregateId),
      events.map((at) => at.version),
      events.map((at) => at.type),
    ],
  )
}
