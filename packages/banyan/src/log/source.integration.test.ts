import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { systemClock, systemRandom } from '../core/index.ts'
import { createDatabase, type Database, type Transaction } from '../data/index.ts'
import { silentLogger } from '../observe/index.ts'
import { startTestPostgres, type TestPostgres, until } from '../testing/index.ts'
import {
  appendEvents,
  type Appended,
  createLogSource,
  lastPosition,
  type LocalLogSource,
  type LogId,
  type StoredEvent,
} from './index.ts'
import { readRange } from './log-store.ts'

const log: LogId = { producer: 'orders', shard: 0, epoch: 1 }
const tools = { log, clock: systemClock, random: systemRandom, logger: silentLogger }

describe('a log with transactions open in it', () => {
  let postgres: TestPostgres
  let database: Database
  let source: LocalLogSource

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    const migrations = { area: 'log', folder: new URL('./migrations/', import.meta.url) }
    const limits = { connections: 24, waitTimeoutMs: 10_000 }
    database = createDatabase({ ...(await postgres.schema('orders', [migrations])), limits })
    await database.query('CREATE TABLE counters (id text PRIMARY KEY, version int NOT NULL)')
  })

  beforeEach(async () => {
    await database.query('TRUNCATE banyan_log, counters')
    source = createLogSource({ database, log, clock: systemClock, random: systemRandom, logger: silentLogger })
  })

  afterEach(() => source.stop())

  after(async () => {
    await database?.stop()
    await postgres?.stop()
  })

  test('an event is final when nothing below it can still commit', async () => {
    await using early = await open(database, 'a')
    await using aborted = await open(database, 'b')
    await using late = await open(database, 'c')
    await late.commit()
    await aborted.rollback()
    assert.deepEqual(await source.read(0, 10), [], 'c is committed, but a, which is below it, is open')
    await early.commit()
    assert.deepEqual(names(await source.read(0, 10)), ['a', 'c'])
  })

  test('a transaction that began before but appends after does not hold up what is below', async () => {
    await using first = await open(database, 'a')
    await using second = await open(database, 'b')
    await first.commit()
    await second.append('b2')
    await source.read(0, 10)
    await second.commit()
    assert.deepEqual(names(await source.read(0, 10)), ['a', 'b', 'b2'])
  })

  test('a long transaction of somebody else on the same server holds up nothing', async () => {
    await database.query('CREATE TABLE IF NOT EXISTS others (id int)')
    await database.transaction(async (foreign) => {
      await foreign.query('INSERT INTO others VALUES (1)')
      await database.transaction(async (tx) => appendEvents(tx, [event('a', 1)]))
      const stop = source.onAppend(() => undefined)
      assert.deepEqual(names(await readUntil(source, 1)), ['a'])
      stop()
    })
  })

  test('listeners wake at once after a commit here, and by the poll after a commit elsewhere', async () => {
    const seen: StoredEvent[] = []
    const take = async () => void seen.push(...(await source.read(seen.at(-1)?.position ?? 0, 10)))
    const stop = source.onAppend(() => void take())
    await database.transaction(async (tx) => appendEvents(tx, [event('a', 1)]))
    source.notifyAppend()
    await until(() => seen.length === 1)
    await database.transaction(async (tx) => appendEvents(tx, [event('b', 1)]))
    await until(() => seen.length === 2)
    assert.deepEqual(names(seen), ['a', 'b'])
    stop()
  })

  test('after a crash that took positions back, the watermark from before is not trusted', async () => {
    await database.transaction(async (tx) => appendEvents(tx, [event('a', 1)]))
    await using drawn = await open(database, 'x', 'y')
    await drawn.rollback()
    const [first] = await source.read(0, 10)
    assert.equal(await source.watermark(), first!.position + 2)
    // What a crash leaves behind: unlogged tables empty, the sequence back at what was flushed.
    await database.query("SELECT setval('banyan_log_position', $1::bigint)", [first!.position])
    await database.query('TRUNCATE banyan_log_incarnation')
    await using below = await open(database, 'b')
    await database.transaction(async (tx) => appendEvents(tx, [event('c', 1)]))
    assert.deepEqual(await source.read(first!.position, 10), [], 'c stands above b, which is open')
    await below.commit()
    assert.deepEqual(names(await readUntil(source, 3)), ['a', 'b', 'c'])
  })

  test('what another life of the server gave these positions to is forgotten, also when the look that finds it fails half way', async () => {
    let isCut = false
    const cut = {
      async query<R>(sql: string, values?: readonly unknown[]): Promise<R[]> {
        if (isCut && sql.startsWith('SELECT pg_current_xact_id')) throw new Error('cut on purpose')
        return database.query<R>(sql, values)
      },
    }
    await using own = createLogSource({ ...tools, database: cut, pollMs: 60_000 })
    const stop = own.onAppend(() => undefined)
    const kept = await append('a')
    await own.watermark()
    own.notifyAppend(await append('lost'))
    await own.watermark()
    await failOver(kept.lastPosition)
    await database.query('INSERT INTO banyan_log_incarnation DEFAULT VALUES')
    isCut = true
    await assert.rejects(own.watermark(), /cut on purpose/)
    isCut = false
    await append('new')
    await own.watermark()
    await own.watermark()
    assert.deepEqual(names(await own.read(kept.lastPosition, 10)), ['new'])
    stop()
  })

  test('a commit that was answered late, by the server before a fail-over, does not stand in for what came after', async () => {
    await using own = createLogSource({ ...tools, database, pollMs: 60_000 })
    const stop = own.onAppend(() => undefined)
    const kept = await append('a')
    await own.watermark()
    const late = await append('lost')
    await failOver(kept.lastPosition)
    await own.watermark()
    await own.watermark()
    own.notifyAppend(late)
    await append('new')
    await own.watermark()
    assert.deepEqual(names(await own.read(kept.lastPosition, 10)), ['new'])
    stop()
  })

  test('a process that stood still over a fail-over looks before it takes what it has appended for the log', async () => {
    let stoodStillMs = 0
    const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + stoodStillMs }
    await using own = createLogSource({ ...tools, clock, database, pollMs: 60_000 })
    const stop = own.onAppend(() => undefined)
    const kept = await append('a')
    await own.watermark()
    const late = await append('lost')
    await failOver(kept.lastPosition)
    stoodStillMs = 2_000
    own.notifyAppend(late)
    assert.deepEqual(await own.read(kept.lastPosition, 10), [])
    stop()
  })

  async function append(name: string): Promise<Appended> {
    const pending = await database.transaction(async (tx) => appendEvents(tx, [event(name, 1)]))
    return pending!.afterCommit()
  }

  /** What a standby that had not received what stands above `position` looks like once it is promoted. */
  async function failOver(position: number): Promise<void> {
    await database.query('DELETE FROM banyan_log WHERE position > $1', [position])
    await database.query("SELECT setval('banyan_log_position', $1::bigint)", [position])
    await database.query('TRUNCATE banyan_log_incarnation')
  }

  test('a thousand idle listeners cost one poll', async () => {
    let statements = 0
    const counted = {
      query: <R>(sql: string, values?: readonly unknown[]) => (statements++, database.query<R>(sql, values)),
    }
    const idle = createLogSource({
      database: counted,
      log,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
    })
    const stops = Array.from({ length: 1_000 }, () => idle.onAppend(() => undefined))
    await pause(200)
    for (const stop of stops) stop()
    assert.ok(statements >= 3 && statements <= 25, `${statements} statements in 200 ms`)
    await idle.stop()
  })

  test('appends that follow each other cost one look when looks may gather, and are read with it', async () => {
    let statements = 0
    const counted = {
      query: <R>(sql: string, values?: readonly unknown[]) => (statements++, database.query<R>(sql, values)),
    }
    const gathering = createLogSource({ ...tools, database: counted, pollMs: 60_000, gatherMs: 300 })
    let woken = 0
    const stop = gathering.onAppend(() => woken++)
    await gathering.watermark()
    statements = woken = 0
    for (let version = 1; version <= 5; version++) {
      await database.transaction(async (tx) => appendEvents(tx, [event('a', version)]))
      gathering.notifyAppend()
    }
    await until(() => woken > 0)
    assert.equal(statements, 3, 'two looks and the id between them')
    assert.equal((await gathering.read(0, 10)).length, 5)
    stop()
    await gathering.stop()
  })

  test('random writers: every committed event once, in order', async () => {
    const stop = source.onAppend(() => undefined)
    const faults = await race(database, { read: (after) => source.read(after, 50) })
    stop()
    assert.deepEqual(faults, [])
  })

  for (const share of [0.7, 0.97, 1]) {
    test(`random writers, ${share * 100} % in this process: what comes from memory is what the table holds`, async () => {
      const stop = source.onAppend(() => undefined)
      const tell = (appended: Appended) => (Math.random() < share ? source.notifyAppend(appended) : undefined)
      const faults = await race(database, { read: (after) => source.read(after, 50), tell })
      stop()
      assert.deepEqual(faults, [])
    })
  }

  test('what this process has drawn without a hole is final with its commit: nobody is asked, nobody waited for', async () => {
    let statements = 0
    const counted = {
      query: <R>(sql: string, values?: readonly unknown[]) => (statements++, database.query<R>(sql, values)),
    }
    await using own = createLogSource({ ...tools, database: counted, pollMs: 60_000 })
    let woken = 0
    const stop = own.onAppend(() => woken++)
    const from = await own.watermark()
    await database.query('CREATE TABLE IF NOT EXISTS others (id int)')
    await database.transaction(async (foreign) => {
      await foreign.query('INSERT INTO others VALUES (1)')
      statements = woken = 0
      for (const name of ['a', 'b', 'c']) own.notifyAppend(await append(name))
      assert.deepEqual(names(await own.read(from, 10)), ['a', 'b', 'c'])
    })
    assert.deepEqual({ statements, woken }, { statements: 0, woken: 3 })
    stop()
  })

  test('behind a hole that a roll-back left, and behind what others have drawn, own events are final soon after', async () => {
    const stop = source.onAppend(() => undefined)
    const from = await source.watermark()
    await using drawn = await open(database, 'x')
    await drawn.rollback()
    source.notifyAppend(await append('a'))
    await append('elsewhere')
    source.notifyAppend(await append('b'))
    assert.deepEqual(names(await readUntil(source, 3, from)), ['a', 'elsewhere', 'b'])
    stop()
  })

  test('what this process appended is not read back, as long as nobody else has appended in between', async () => {
    const reads: string[] = []
    const counted = {
      query: <R>(sql: string, values?: readonly unknown[]) => {
        if (sql.includes('FROM banyan_log\n')) reads.push(sql)
        return database.query<R>(sql, values)
      },
    }
    await using own = createLogSource({ ...tools, database: counted })
    const stop = own.onAppend(() => undefined)
    const appendHere = async (...events: string[]) => {
      const pending = await database.transaction(async (tx) =>
        appendEvents(
          tx,
          events.map((name) => event(name, 1)),
        ),
      )
      own.notifyAppend(await pending!.afterCommit())
    }
    const from = await own.watermark()
    await appendHere('a', 'b')
    await appendHere('c')
    const [a, b, c] = await readUntil(own, 3, from)
    assert.equal(reads.length, 0)
    await database.transaction(async (tx) => appendEvents(tx, [event('elsewhere', 1)]))
    await appendHere('d')
    assert.deepEqual(names(await readUntil(own, 2, c!.position)), ['elsewhere', 'd'])
    assert.equal(reads.length, 1)
    assert.deepEqual([a, b, c], await source.read(from, 3), 'as the table tells them')
    stop()
  })

  test('the same test catches a reader that follows the highest position', async () => {
    const range = { upTo: Number.MAX_SAFE_INTEGER, limit: 50, maxBytes: 1e9 }
    const [row] = await database.query<{ id: string }>('SELECT id FROM banyan_log_incarnation')
    const read = async (after: number) =>
      (await readRange(database, log, { ...range, after, incarnation: row!.id })) ?? []
    const faults = await race(database, { read })
    assert.match(faults.join('\n'), /skipped/)
  })
})

interface OpenTransaction extends AsyncDisposable {
  append(name: string): Promise<void>
  commit(): Promise<void>
  rollback(): Promise<void>
}

/** A transaction that has appended and waits; rolled back at the end of the test when still open. */
async function open(database: Database, ...appends: string[]): Promise<OpenTransaction> {
  const { promise: ending, resolve: end } = Promise.withResolvers<boolean>()
  const { promise: appended, resolve: ready } = Promise.withResolvers<Transaction>()
  const done = database
    .transaction(async (tx) => {
      for (const name of appends) await appendNow(tx, name)
      ready(tx)
      if (!(await ending)) throw new Error('rolled back on purpose')
    })
    .catch((error: Error) => assert.match(error.message, /on purpose/))
  const tx = await Promise.race([appended, done.then(() => assert.fail('it could not append'))])
  const finish = (commits: boolean) => {
    end(commits)
    return done
  }
  return {
    append: (name) => appendNow(tx, name),
    commit: () => finish(true),
    rollback: () => finish(false),
    [Symbol.asyncDispose]: () => finish(false),
  }
}

async function appendNow(tx: Transaction, name: string): Promise<void> {
  appendEvents(tx, [event(name, 1)])
  await tx.query('SELECT 1')
}

const WRITERS = 12
const ROUNDS = 25
const AGGREGATES = 8

interface Race {
  readonly read: (after: number) => Promise<readonly StoredEvent[]>
  /** Told of each commit. Default: nobody is. */
  readonly tell?: (appended: Appended) => void
}

/** Writers against one reader; what the reader did wrong. */
async function race(database: Database, { read, tell = () => undefined }: Race): Promise<readonly string[]> {
  const seen: StoredEvent[] = []
  const place = () => seen.at(-1)?.position ?? 0
  let end = Infinity
  const reader = (async () => {
    // What was committed last is final only when the server has seen it so; nobody waits for what was skipped.
    for (let deadlineMs = Infinity; place() < end && performance.now() < deadlineMs;) {
      const events = await read(place())
      seen.push(...events)
      if (events.length === 0) await pause(2)
      if (end < Infinity && deadlineMs === Infinity) deadlineMs = performance.now() + 5_000
    }
  })()
  await Promise.all(Array.from({ length: WRITERS }, () => writeAtRandom(database, tell)))
  end = await lastPosition(database)
  await reader
  const [row] = await database.query<{ id: string }>('SELECT id FROM banyan_log_incarnation')
  const all = { after: 0, upTo: Number.MAX_SAFE_INTEGER, limit: 10_000, maxBytes: 1e9, incarnation: row!.id }
  return findFaults(seen, (await readRange(database, log, all))!)
}

async function writeAtRandom(database: Database, tell: (appended: Appended) => void): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const aborts = Math.random() < 0.25
    const writing = database.transaction(async (tx) => {
      const id = `aggregate-${Math.floor(Math.random() * AGGREGATES)}`
      const [row] = await tx.query<{ version: number }>(LOCK_COUNTER, [id])
      const own = { ...event(`own-${Math.random()}`, 1) }
      const pending = appendEvents(tx, [own, { ...event(id, row!.version), aggregateId: id }])
      await tx.query('SELECT pg_sleep($1::float8)', [Math.random() ** 4 * 0.03])
      if (aborts) throw new Error('rolled back on purpose')
      return pending
    })
    const pending = await writing.catch((error: Error) => assert.match(error.message, /on purpose/))
    if (pending) tell(await pending.afterCommit())
  }
}

const LOCK_COUNTER = `
  INSERT INTO counters VALUES ($1, 1) ON CONFLICT (id) DO UPDATE SET version = counters.version + 1 RETURNING version`

function findFaults(seen: readonly StoredEvent[], truth: readonly StoredEvent[]): string[] {
  const faults: string[] = []
  const byPosition = new Map(seen.map((at) => [at.position, at]))
  if (byPosition.size !== seen.length) faults.push('an event came twice')
  for (const stored of truth) {
    const found = byPosition.get(stored.position)
    if (!found) faults.push(`skipped ${stored.position}`)
    else if (!isDeepStrictEqual(found, stored)) faults.push(`${stored.position} came as another event`)
  }
  if (seen.some((at, index) => index > 0 && at.position <= seen[index - 1]!.position)) faults.push('out of order')
  const versions = new Map<string, number>()
  for (const at of seen) {
    if (at.version !== (versions.get(at.aggregateId) ?? 0) + 1) faults.push(`${at.aggregateId} jumps to ${at.version}`)
    versions.set(at.aggregateId, at.version)
  }
  return faults
}

function event(name: string, version: number) {
  return { type: 'orders.tested.v1', aggregateId: name, version, payload: { name } }
}

function names(events: readonly StoredEvent[]): string[] {
  return events.map((at) => at.aggregateId)
}

async function readUntil(source: LocalLogSource, count: number, after = 0): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = []
  await until(async () => {
    events.push(...(await source.read(events.at(-1)?.position ?? after, 100)))
    return events.length >= count
  })
  return events
}
