import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { JetStreamManager } from '@nats-io/jetstream'
import { defineContract, type Wire } from '../../contract/index.ts'
import { createDatabase, type Database } from '../../data/index.ts'
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
} from '../../log/index.ts'
import { createLocalWire, createServiceEndpoint } from '../../mesh/index.ts'
import { createLogger } from '../../observe/index.ts'
import {
  brokerTools,
  startTestNats,
  startTestPostgres,
  type TestNats,
  type TestPostgres,
  until,
} from '../../testing/index.ts'
import {
  createNatsLink,
  createNatsLogSource,
  createRelay,
  type NatsLink,
  type NatsLogSource,
  type NatsLogSourceOptions,
  type Relay,
} from '../index.ts'
import { encodeEvent } from './message.ts'
import { publishEvents } from './publish.ts'
import { ensureStream, eventSubject } from './stream.ts'

const tools = brokerTools
const log = firstLog('orders')
const STREAM = 'banyan_orders_0_1'
let number = 0

describe('a log over NATS', () => {
  let postgres: TestPostgres
  let nats: TestNats
  let database: Database
  let link: NatsLink
  let local: LocalLogSource
  let waits: number
  let ends: AsyncDisposableStack

  before(async () => {
    const area = (name: string) => ({ area: name, folder: new URL(`../../${name}/migrations/`, import.meta.url) })
    nats = await startTestNats()
    postgres = await startTestPostgres({ fsync: false })
    database = createDatabase(await postgres.schema('orders', [area('log'), area('events')]))
  })

  beforeEach(async () => {
    ends = new AsyncDisposableStack()
    waits = 0
    await database.query('TRUNCATE banyan_log, banyan_relays')
    link = ends.use(createNatsLink({ ...tools, url: nats.url, name: 'test' }))
    local = ends.use(createLogSource({ ...tools, database, log }))
    await until(() => link.client !== null)
    await manager()
      .streams.delete(STREAM)
      .catch(() => false) // the first test finds none
  })

  afterEach(() => ends.disposeAsync())

  after(async () => {
    await database?.stop()
    await postgres?.stop()
    await nats?.stop()
  })

  test('while NATS brings the events, the producer is not asked', async () => {
    relay('orders-1')
    const { feed } = await listen('mails-1')
    await appendUntilCarried(feed)
    const asked = waits
    for (let index = 0; index < 40; index++) await appendAndWait(feed, 1)
    assert.equal(waits - asked, 0)
  })

  test('after its store was wiped it carries again', async () => {
    relay('orders-1')
    const { feed } = await listen('mails-1')
    await appendUntilCarried(feed)
    await nats.wipe()
    await until(() => link.client !== null)
    await appendUntilCarried(feed)
  })

  test('a stream or a consumer that somebody deletes is made again', async () => {
    relay('orders-1')
    const { feed } = await listen('mails-1')
    await appendUntilCarried(feed)
    await manager().consumers.delete(STREAM, 'mails-1')
    await appendUntilCarried(feed)
    await manager().streams.delete(STREAM)
    await appendUntilCarried(feed)
  })

  test('messages are acknowledged up to where every reader has come, and not before', async () => {
    relay('orders-1')
    const { feed, source } = await listen('mails-1')
    await appendUntilCarried(feed)
    const unapplied = async () => (await manager().consumers.info(STREAM, 'mails-1')).num_ack_pending
    source.applied!('a', 0)
    await until(async () => (await unapplied()) > 0)
    const pending = await unapplied()
    const end = await local.watermark()
    source.applied!('b', end)
    assert.equal(await unapplied(), pending, 'a has applied nothing')
    source.applied!('a', end)
    await until(async () => (await unapplied()) === 0)
    await appendAndWait(feed, 2)
    await until(async () => (await unapplied()) === 2)
    source.applied!('a', null)
    source.applied!('b', await local.watermark())
    await until(async () => (await unapplied()) === 0)
  })

  test('one process relays; another takes over where the broker has acknowledged', async () => {
    const one = relay('orders-1')
    await until(() => one.state === 'relaying')
    const two = relay('orders-2')
    await append(5)
    await until(async () => (await messages()) === 5)
    assert.equal(two.state, 'standby')
    await one.stop()
    await one.stop()
    await until(() => two.state === 'relaying')
    await append(5)
    await until(async () => (await messages()) === 10)
    await until(async () => two.position === (await local.watermark()), 'it knows that all was acknowledged')
    assert.deepEqual(await storedPosition(), { owner: 'orders-2' })
  })

  test('a relay that begins again a moment back publishes nothing twice', async () => {
    const one = relay('orders-1')
    await until(() => one.state === 'relaying')
    await append(5)
    await until(async () => (await messages()) === 5)
    await one.stop()
    await database.query('UPDATE banyan_relays SET position = position - 3')
    const two = relay('orders-1')
    await append(1)
    await until(async () => (await local.watermark()) === two.position)
    assert.equal(await messages(), 6)
  })

  test('what the broker has not acknowledged is not marked as sent', async () => {
    const one = relay('orders-1')
    await until(() => one.state === 'relaying')
    await append(2)
    await until(async () => (await messages()) === 2)
    await manager().streams.delete(STREAM)
    await append(3)
    const arrived = async () =>
      (
        await manager()
          .streams.info(STREAM)
          .catch(() => null)
      )?.state.messages
    await until(async () => (await arrived()) === 3)
  })

  test('behind a message that was lost on the way nothing is taken, and all of it is published again, in order', async () => {
    const one = relay('orders-1')
    await until(() => one.state === 'relaying')
    await append(1)
    await until(async () => (await messages()) === 1)
    const losses = loseOnce()
    await append(5)
    await until(async () => (await messages()) === 6)
    assert.equal(losses(), 1)
    assert.deepEqual(await storedPositions(), await loggedPositions())
  })

  test('a message of somebody else in the stream delays the events behind it, and keeps none away', async () => {
    const one = relay('orders-1')
    await until(() => one.state === 'relaying')
    await append(1)
    await until(async () => (await messages()) === 1)
    await link.client!.jetstream.publish('banyan.orders.0.1.forged.v1', 'no event')
    await append(5)
    await until(async () => one.position === (await local.watermark()))
    assert.equal(await messages(), 7)
  })

  test('a chain whose last message is there already says nothing of those before it: each is sent for itself', async () => {
    const client = link.client!
    await ensureStream(client, log, {})
    const terms = { stream: {}, isNext: false }
    await publishEvents(client, stored(1, 3), { ...terms, previous: 0 })
    await publishEvents(client, stored(5, 6), { ...terms, previous: 4 }) // 4 was lost
    await publishEvents(client, stored(2, 3), { ...terms, previous: 1 }) // whoever relays now begins further back
    assert.deepEqual(await publishEvents(client, stored(4, 6), { ...terms, isNext: true, previous: 3 }), {
      count: 3,
      error: null,
    })
    assert.deepEqual(new Set(await storedPositions()), new Set([1, 2, 3, 4, 5, 6]))
  })

  test('what was committed before the first relay is left to the feed', async () => {
    await append(5)
    const one = relay('orders-1')
    await until(() => one.state === 'relaying')
    await append(2)
    await until(async () => (await messages()) === 2)
  })

  test('a stream of that name with other subjects is left alone', async () => {
    await manager().streams.add({ name: STREAM, subjects: ['others.>'] })
    const one = relay('orders-1')
    await until(() => one.state === 'relaying')
    await append(1)
    await pause(100)
    assert.equal(await messages(), 0)
    assert.deepEqual((await manager().streams.info(STREAM)).config.subjects, ['others.>'])
  })

  test('messages that are no events of the log are passed over', async () => {
    relay('orders-1')
    const { feed } = await listen('mails-1')
    await appendUntilCarried(feed)
    for (const text of ['', '{', '[]', '{"log":"orders/0/1"}', '{"log":"orders/0/2","previous":1,"position":2}']) {
      await link.client!.jetstream.publish('banyan.orders.0.1.forged.v1', text)
    }
    await appendAndWait(feed, 3)
  })

  test('messages that are no events are acknowledged in their turn, so that more of them than may wait stop nothing', async () => {
    const lines: string[] = []
    const logger = createLogger({ level: 'warn', destination: { write: (line) => void lines.push(line) } })
    relay('orders-1')
    const { feed, source } = await listen('mails-1', { logger, maxUnapplied: 8 })
    const state = () => manager().consumers.info(STREAM, 'mails-1')
    const forge = () => link.client!.jetstream.publish('banyan.orders.0.1.forged.v1', 'no event')
    await append(2)
    await until(async () => (await state()).num_ack_pending === 2)
    for (let index = 0; index < 3; index++) await forge()
    await until(async () => (await state()).num_ack_pending === 5, 'they wait for what came before them')
    source.applied!('a', await local.watermark())
    await until(async () => (await state()).num_ack_pending === 0)
    for (let index = 0; index < 20; index++) await forge()
    await until(async () => {
      const { num_pending: unsent, num_ack_pending: pending } = await state()
      return unsent === 0 && pending === 0
    })
    await appendAndWait(feed, 1)
    assert.equal(lines.filter((line) => line.includes('no event of this log')).length, 1)
  })

  test('events behind the end of the log are acknowledged in their turn, so that they hold back none that come after them', async () => {
    const lines: string[] = []
    const logger = createLogger({ level: 'warn', destination: { write: (line) => void lines.push(line) } })
    relay('orders-1')
    const { feed, source } = await listen('mails-1', { logger, maxUnapplied: 64 })
    const [far] = stored(9_000_000_000_000_000, 9_000_000_000_000_000)
    const forge = () =>
      link.client!.jetstream.publish(eventSubject(log, far!.type, {}), encodeEvent(far!, far!.position - 1))
    const unapplied = async () => (await manager().consumers.info(STREAM, 'mails-1')).num_ack_pending
    for (let round = 0; round < 2; round++) {
      for (let index = 0; index < 70; index++) await forge()
      await append(3)
      source.applied!('a', await local.watermark())
      await until(async () => (await unapplied()) === 0)
    }
    await appendUntilCarried(feed)
    assert.ok((await feed.read(0, 100)).every(({ position }) => position < far!.position))
    assert.equal(lines.filter((line) => line.includes('no event of this log')).length, 1)
  })

  function manager(): JetStreamManager {
    return link.client!.manager
  }

  function relay(processName: string): Relay {
    return ends.use(createRelay({ ...tools, link, source: local, database, processName, leaseMs: 300 }))
  }

  /** A process that follows the end of the log. */
  async function listen(
    processName: string,
    more: Partial<NatsLogSourceOptions> = {},
  ): Promise<{ feed: RemoteLogSource; source: NatsLogSource }> {
    const feed = ends.use(createRemoteLogSource({ ...tools, wire: countingWire(), log, reader: 'mails' }))
    const source = ends.use(createNatsLogSource({ ...tools, link, feed, processName, ...more }))
    ends.defer(async () => stop())
    const stop = source.onAppend(() => undefined)
    await feed.read(await local.watermark(), 10)
    await until(() => consumerExists(processName))
    return { feed, source }
  }

  function consumerExists(name: string): Promise<boolean> {
    return manager()
      .consumers.info(STREAM, name)
      .then(
        () => true,
        () => false,
      )
  }

  function countingWire(): Wire {
    const endpoint = createServiceEndpoint({
      ...tools,
      contract: withLogOperations(defineContract({ name: 'orders', operations: {} })),
      operations: createLogFeed({ source: local, clock: tools.clock }),
    })
    const wire = createLocalWire({ clock: tools.clock, encode: true, endpoints: [endpoint] })
    return {
      call(id, input, call) {
        if ((input as { waitMs?: number }).waitMs) waits++
        return wire.call(id, input, call)
      },
    }
  }

  async function append(count: number): Promise<void> {
    const make = (): Omit<StoredEvent, 'log' | 'position' | 'recordedAt' | 'traceParent'> => {
      return { type: 'orders.tested.v1', aggregateId: `a${number++}`, version: 1, payload: {} }
    }
    await database.transaction(async (tx) => appendEvents(tx, Array.from({ length: count }, make)))
    local.notifyAppend()
  }

  async function appendAndWait(feed: RemoteLogSource, count: number): Promise<void> {
    const from = await local.watermark()
    await append(count)
    const to = await local.watermark()
    await until(async () => (await feed.read(from, 100)).at(-1)?.position === to)
  }

  /** Until ten events in a row have come without a question. */
  async function appendUntilCarried(feed: RemoteLogSource): Promise<void> {
    for (let inRow = 0; inRow < 10;) {
      const asked = waits
      await appendAndWait(feed, 1)
      inRow = waits === asked ? inRow + 1 : 0
    }
  }

  async function messages(): Promise<number> {
    const info = await manager()
      .streams.info(STREAM)
      .catch((error: Error) => (error.name === 'StreamNotFoundError' ? null : Promise.reject(error)))
    return info?.state.messages ?? 0 // whoever relays makes the stream a moment after it has begun
  }

  function stored(first: number, last: number): readonly StoredEvent[] {
    const fields = { log, version: 1, type: 'orders.tested.v1', payload: {}, traceParent: null }
    const recordedAt = new Date(tools.clock.now()).toISOString()
    return Array.from({ length: last - first + 1 }, (_, index) => {
      return { ...fields, position: first + index, aggregateId: `a${first + index}`, recordedAt }
    })
  }

  /** The next message that is sent without asking for an answer does not arrive. */
  function loseOnce(): () => number {
    const { connection } = link.client!
    const publish = connection.publish.bind(connection)
    let lost = 0
    connection.publish = (subject, payload, options) => {
      if (options?.reply || lost++ > 0) publish(subject, payload, options)
    }
    return () => Math.min(lost, 1)
  }

  async function storedPositions(): Promise<readonly unknown[]> {
    const stream = await link.client!.jetstream.streams.get(STREAM)
    const { first_seq: first, messages: count } = (await stream.info()).state
    const stored = Array.from({ length: count }, (_, index) => stream.getMessage({ seq: first + index }))
    return (await Promise.all(stored)).map((message) => message!.json<{ position: number }>().position)
  }

  async function loggedPositions(): Promise<readonly unknown[]> {
    const rows = await database.query<{ position: string }>('SELECT position FROM banyan_log ORDER BY position')
    return rows.map(({ position }) => Number(position))
  }

  async function storedPosition() {
    const [row] = await database.query<{ owner: string }>('SELECT owner FROM banyan_relays')
    return row
  }
})
