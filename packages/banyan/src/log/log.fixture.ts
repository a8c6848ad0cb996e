import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach } from 'node:test'
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

export const log: LogId = { producer: 'orders', shard: 0, epoch: 1 }
export const tools = { log, clock: systemClock, random: systemRandom, logger: silentLogger }

export interface LogFixture {
  readonly database: Database
  readonly source: LocalLogSource
}

/** For a suite: a database with a log, and with counters for the versions of aggregates; both emptied before each test, with a source of its own. */
export function useLog(): LogFixture {
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
    source = createLogSource({ ...tools, database })
  })

  afterEach(() => source.stop())

  after(async () => {
    await database?.stop()
    await postgres?.stop()
  })

  return {
    get database() {
      return database
    },
    get source() {
      return source
    },
  }
}

/** Commits one event of an aggregate of this name. */
export async function append(database: Database, name: string): Promise<Appended> {
  const pending = await database.transaction(async (tx) => appendEvents(tx, [event(name, 1)]))
  return pending!.afterCommit()
}

export interface OpenTransaction extends AsyncDisposable {
  append(name: string): Promise<void>
  commit(): Promise<void>
  rollback(): Promise<void>
}

/** A transaction that has appended and waits; rolled back at the end of the test when still open. */
export async function openTransaction(database: Database, ...appends: string[]): Promise<OpenTransaction> {
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

export interface Race {
  readonly read: (after: number) => Promise<readonly StoredEvent[]>
  /** Told of each commit. Default: nobody is. */
  readonly tell?: (appended: Appended) => void
}

/** Writers against one reader; what the reader did wrong. */
export async function race(database: Database, { read, tell = () => undefined }: Race): Promise<readonly string[]> {
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

export function event(name: string, version: number) {
  return { type: 'orders.tested.v1', aggregateId: name, version, payload: { name } }
}

export function names(events: readonly StoredEvent[]): string[] {
  return events.map((at) => at.aggregateId)
}

export async function readUntil(source: LocalLogSource, count: number, after = 0): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = []
  await until(async () => {
    events.push(...(await source.read(events.at(-1)?.position ?? after, 100)))
    return events.length >= count
  })
  return events
}
