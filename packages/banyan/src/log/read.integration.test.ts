import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { systemClock, systemRandom } from '../core/index.ts'
import { createDatabase, type Database } from '../data/index.ts'
import { silentLogger } from '../observe/index.ts'
import { startTestPostgres, type TestPostgres } from '../testing/index.ts'
import { countEventsUpTo } from './audit.ts'
import {
  appendEvents,
  auditLog,
  createLogSource,
  type LogId,
  MAX_PAYLOAD_CHARACTERS,
  readAggregate,
  tailLog,
} from './index.ts'

const log: LogId = { producer: 'orders', shard: 0, epoch: 1 }

describe('a log', () => {
  let postgres: TestPostgres
  let database: Database

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    database = createDatabase(
      await postgres.schema('orders', [{ area: 'log', folder: new URL('./migrations/', import.meta.url) }]),
    )
  })

  after(async () => {
    await database?.stop()
    await postgres?.stop()
  })

  test('gives back what was appended: order, payload to the last character, trace', async () => {
    const payload = { text: 'line\nbreak "quoted" \\ \u0000 \u2028 é 😀', nested: [null, 1.5, { a: [] }] }
    const traceParent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await append({ ...event('a', 1), payload }, { ...event('b', 1), traceParent }, event('a', 2))
    const [first, second] = await readAggregate({ database, log, aggregateId: 'a' })
    assert.deepEqual(first!.payload, payload)
    assert.deepEqual([first!.version, second!.version, first!.traceParent], [1, 2, null])
    assert.equal(second!.position, first!.position + 2)
    assert.match(first!.recordedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    const [other] = await readAggregate({ database, log, aggregateId: 'b' })
    assert.deepEqual([other!.traceParent, other!.log], [traceParent, log])
    const counts = [0, first!.position, second!.position].map((position) => countEventsUpTo(database, position))
    assert.deepEqual(await Promise.all(counts), [0, 1, 3])
  })

  test('refuses a payload that is too large before it sends anything', async () => {
    const text = 'x'.repeat(MAX_PAYLOAD_CHARACTERS)
    await assert.rejects(append({ ...event('big', 1), payload: { text } }), /of orders.tested.v1 has 131083 characters/)
    assert.deepEqual(await readAggregate({ database, log, aggregateId: 'big' }), [])
  })

  test('refuses a version that is there already', async () => {
    await append(event('c', 1))
    await assert.rejects(append(event('c', 1)), { code: '23505' })
  })

  test('the audit names an aggregate with a gap', async () => {
    const before = await auditLog(database)
    assert.deepEqual([before.ok, before.rows], [true, []])
    await append(event('gap', 1), event('gap', 3))
    assert.deepEqual(await auditLog(database), {
      invariant: 'I8',
      ok: false,
      checked: before.checked + 1,
      rows: ['gap has versions 1 to 3, 2 in all'],
    })
  })

  test('a tail sees what is appended from now on, and ends when told to', async () => {
    const tools = { clock: systemClock, random: systemRandom, logger: silentLogger }
    await using source = createLogSource({ ...tools, database, log })
    const ending = new AbortController()
    const tail = tailLog({ source, signal: ending.signal, types: ['orders.tested.v1'] })
    const first = tail.next()
    // The tail begins at the watermark that it finds; what comes after is new to it.
    await source.watermark()
    await append({ ...event('d', 1), type: 'orders.other.v1' }, event('d', 2))
    source.notifyAppend()
    assert.equal((await first).value?.version, 2)
    const second = tail.next()
    ending.abort()
    assert.equal((await second).done, true)
  })

  function event(aggregateId: string, version: number) {
    return { type: 'orders.tested.v1', aggregateId, version, payload: { aggregateId } }
  }

  function append(...events: Parameters<typeof appendEvents>[1][number][]): Promise<void> {
    return database.transaction(async (tx) => void appendEvents(tx, events))
  }
})
