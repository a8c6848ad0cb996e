import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Wire } from '../../contract/index.ts'
import { defineContract, defineQuery, internal } from '../../contract/index.ts'
import { systemClock, systemRandom, Type } from '../../core/index.ts'
import { createDatabase, type Database } from '../../data/index.ts'
import { createLocalWire, createServiceEndpoint } from '../../mesh/index.ts'
import { silentLogger } from '../../observe/index.ts'
import { startTestPostgres, type TestPostgres, until } from '../../testing/index.ts'
import {
  appendEvents,
  createLogFeed,
  createLogSource,
  createRemoteLogSource,
  firstLog,
  type LocalLogSource,
  type RemoteLogSource,
  type StoredEvent,
  withLogOperations,
} from '../index.ts'

const tools = { clock: systemClock, random: { ...systemRandom, unit: () => 0.05 }, logger: silentLogger }
const log = firstLog('orders')

describe('a log read from another process', () => {
  let postgres: TestPostgres
  let database: Database
  let local: LocalLogSource
  let remote: RemoteLogSource
  let stops: (() => void)[]
  let calls: { readonly id: string; readonly waits: boolean }[]
  let isDown: boolean
  let lines: string[]

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    const migrations = { area: 'log', folder: new URL('../migrations/', import.meta.url) }
    database = createDatabase(await postgres.schema('orders', [migrations]))
  })

  beforeEach(async () => {
    await database.query('TRUNCATE banyan_log')
    local = createLogSource({ ...tools, database, log })
    stops = []
    calls = []
    lines = []
    isDown = false
    remote = connect({})
  })

  afterEach(async () => {
    for (const stop of stops) stop()
    await remote.stop()
    await local.stop()
  })

  after(async () => {
    await database?.stop()
    await postgres?.stop()
  })

  test('a thousand listeners at the end cost one waiting call, and its answer wakes them with the event', async () => {
    await append('a')
    await readAll()
    const position = await end()
    let wakes = 0
    calls = []
    stops = Array.from({ length: 1_000 }, () => remote.onAppend(() => wakes++))
    assert.deepEqual(await remote.read(position, 10), [])
    await until(() => calls.length > 0)
    await pause(150)
    assert.deepEqual(calls, [{ id: 'orders.readEvents', waits: true }])
    await append('b')
    await until(() => wakes === 1_000)
    assert.deepEqual(names(await readAll()), ['a', 'b'])
    assert.ok(
      calls.every(({ waits }) => waits),
      'nobody had to ask for it',
    )
  })

  test('a wait ends without events when its time is over, and begins again', async () => {
    await remote.stop()
    remote = connect({ waitMs: 30 })
    listen()
    await remote.read(await end(), 10)
    await until(() => calls.filter(({ waits }) => waits).length >= 3)
  })

  test('answers are bounded in events and in characters, and one that is too large comes alone', async () => {
    await database.transaction(async (tx) =>
      appendEvents(
        tx,
        ['s', 'm', 'l', 't'].map((name, index) => event(name, 1, 'x'.repeat([10, 400, 900, 10][index]!))),
      ),
    )
    const after = (await end()) - 4
    assert.deepEqual(names(await remote.read(after, 1)), ['s'])
    await local.read(after + 1, 10)
    await remote.stop()
    remote = connect({ maxCharacters: 500 })
    assert.deepEqual(names(await remote.read(after + 1, 10)), ['m'])
    assert.deepEqual(names(await remote.read(after + 2, 10)), ['l'])
    assert.deepEqual(names(await remote.read(after + 3, 10)), ['t'])
  })

  test('a producer that is away is asked again, and said so once', async () => {
    listen()
    await remote.read(await end(), 10)
    isDown = true
    const asked = calls.length
    await until(() => calls.length > asked + 4)
    isDown = false
    await append('a')
    await until(async () => (await readAll()).length === 1 && lines.length > 1)
    assert.deepEqual(lines, ['log cannot be read, trying again', 'log can be read again'])
  })

  test('offered events are taken; doubled ones are dropped, and a gap is filled by the producer', async () => {
    await append('a')
    await readAll()
    isDown = true
    listen()
    await append('b', 'c', 'd')
    const [a] = await remote.read((await end()) - 4, 10)
    const [b, c, d] = await local.read(a!.position, 10)
    remote.offer({ previous: a!.position, event: b! })
    remote.offer({ previous: a!.position, event: b! })
    assert.deepEqual(names(await remote.read(a!.position, 10)), ['b'])
    remote.offer({ previous: c!.position, event: d! })
    assert.deepEqual(await remote.read(b!.position, 10), [], 'what follows the gap is not taken')
    isDown = false
    await until(async () => names(await remote.read(b!.position, 10)).join('') === 'cd')
    assert.deepEqual(names(await remote.read(a!.position, 10)), ['b', 'c', 'd'])
  })

  test('while offers come the producer is not asked, and when they stop it is', async () => {
    await remote.stop()
    remote = connect({ carriedMs: 200, waitMs: 10 })
    await append('a')
    const [a] = await readAll()
    listen()
    remote.offer({ previous: 0, event: a! })
    await remote.read(a!.position, 10)
    calls = []
    await pause(60)
    assert.deepEqual(calls, [])
    await append('b')
    await until(async () => names(await remote.read(a!.position, 10)).join('') === 'b')
  })

  test('a log of another shard or epoch is refused, with what is kept here', async () => {
    await remote.stop()
    remote = connect({ epoch: 2 })
    await assert.rejects(remote.read(0, 10), /'orders\/0\/2' is not kept here, but 'orders\/0\/1' is/)
  })

  test('a reader that stands beyond the end of a restored log is told, on both sides', async () => {
    await append('a')
    const beyond = (await end()) + 1
    await assert.rejects(remote.read(beyond, 10), { code: 'log.REWOUND' })
    await assert.rejects(local.read(beyond, 10), { code: 'log.REWOUND' })
    listen()
    await assert.rejects(remote.read(beyond, 10), { code: 'log.REWOUND' })
  })

  test('a reader that is ahead of this look at the log is not taken for one', async () => {
    listen()
    const other = createLogSource({ ...tools, database, log })
    await append('a')
    const [a] = await other.read((await end()) - 1, 10)
    assert.deepEqual(await local.read(a!.position, 10), [])
    await other.stop()
  })

  test('counts and names the end of the log', async () => {
    await append('a', 'b')
    assert.equal(await remote.watermark(), await end())
    assert.equal(await remote.countUpTo((await end()) - 1), 1)
  })

  interface Setup {
    readonly waitMs?: number
    readonly carriedMs?: number
    readonly maxCharacters?: number
    readonly epoch?: number
  }

  function connect({ maxCharacters, epoch = 1, ...limits }: Setup): RemoteLogSource {
    const feed = createLogFeed({ source: local, clock: systemClock, ...(maxCharacters ? { maxCharacters } : {}) })
    const contract = withLogOperations(defineContract({ name: 'orders', operations: {} }))
    const endpoint = createServiceEndpoint({ ...tools, contract, operations: feed })
    const wire = createLocalWire({ clock: systemClock, encode: true, endpoints: [endpoint] })
    const counted: Wire = {
      call(id, input, call) {
        calls.push({ id, waits: (input as { waitMs: number }).waitMs > 0 })
        return isDown ? Promise.reject(new Error('no route')) : wire.call(id, input, call)
      },
    }
    const logger = { ...silentLogger, warn: say, info: say }
    return createRemoteLogSource({
      ...tools,
      logger,
      wire: counted,
      log: { ...log, epoch },
      reader: 'mails',
      ...limits,
    })
  }

  function say(_: object, message: string): void {
    lines.push(message)
  }

  function listen(): void {
    stops.push(remote.onAppend(() => undefined))
  }

  async function append(...aggregates: string[]): Promise<void> {
    await database.transaction(async (tx) =>
      appendEvents(
        tx,
        aggregates.map((name) => event(name, 1)),
      ),
    )
    local.notifyAppend()
  }

  function end(): Promise<number> {
    return local.watermark()
  }

  /** From the beginning. */
  async function readAll(): Promise<StoredEvent[]> {
    const events: StoredEvent[] = []
    for (;;) {
      const more = await remote.read(events.at(-1)?.position ?? 0, 100)
      if (more.length === 0) return events
      events.push(...more)
    }
  }
})

test('the names of the platform are refused in a contract', () => {
  const nothing = { summary: 'Nothing.', input: Type.Object({}), output: Type.Null(), access: internal }
  const contract = defineContract({ name: 'orders', operations: { readEvents: defineQuery(nothing) } })
  assert.throws(() => withLogOperations(contract), /Operation 'readEvents' is the platform's own/)
})

function event(aggregateId: string, version: number, text = '') {
  return { type: 'orders.tested.v1', aggregateId, version, payload: { text } }
}

function names(events: readonly StoredEvent[]): string[] {
  return events.map((at) => at.aggregateId)
}
