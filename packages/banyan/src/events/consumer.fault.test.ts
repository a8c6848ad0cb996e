import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createDatabase, type Database, type DatabaseOptions } from '../data/index.ts'
import { appendEvents } from '../log/index.ts'
import { startTestPostgres, type TestPostgres, until } from '../testing/index.ts'
import { type ConsumerLimits, listDeadLetters } from './index.ts'

describe('a consumer whose process is killed', () => {
  let postgres: TestPostgres
  let options: [DatabaseOptions, DatabaseOptions]
  let orders: Database
  let mails: Database
  let children: Set<ChildProcess>

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    const log = { area: 'log', folder: new URL('../log/migrations/', import.meta.url) }
    const events = { area: 'events', folder: new URL('./migrations/', import.meta.url) }
    options = [await postgres.schema('orders', [log]), await postgres.schema('mails', [events])]
    orders = createDatabase(options[0])
    mails = createDatabase(options[1])
    await mails.query('CREATE TABLE applied (seq bigserial, aggregate_id text, version int)')
  })

  beforeEach(async () => {
    children = new Set()
    await orders.query('TRUNCATE banyan_log')
    await mails.query('TRUNCATE applied, banyan_positions, banyan_attempts, banyan_dead_letters')
  })

  afterEach(async () => {
    for (const child of children) await kill(child)
  })

  after(async () => {
    await orders?.stop()
    await mails?.stop()
    await postgres?.stop()
  })

  test('at any moment: nothing lost, nothing twice, in order', async () => {
    await append(Array.from({ length: 400 }, (_, index) => [`a${index % 7}`, 1 + Math.floor(index / 7)]))
    const limits = { maxEvents: 8, minIntervalMs: 1 }
    for (let kills = 0; kills < 5; kills++) {
      const child = start(limits)
      const progress = (await count()) + 40
      await until(async () => (await count()) >= progress)
      await pause(20 * Math.random())
      await kill(child)
    }
    start(limits)
    await until(async () => (await count()) === 400)
    const rows = await mails.query<{ aggregate_id: string; version: number }>('SELECT * FROM applied ORDER BY seq')
    const last = new Map<string, number>()
    for (const { aggregate_id: id, version } of rows) {
      assert.equal(version, (last.get(id) ?? 0) + 1)
      last.set(id, version)
    }
  })

  test('by an event, each time: the event is found and parked, the rest is applied', async () => {
    await append([
      ['a', 1],
      ['killer', 1],
      ['b', 1],
      ['killer', 2],
      ['c', 1],
    ])
    let starts = 0
    let child: ChildProcess | null = null
    await until(async () => {
      if (child?.signalCode === 'SIGKILL') child = null
      if (!child) starts++
      child ??= start({ maxEvents: 4, minIntervalMs: 1, maxAttempts: 2 })
      return (await count()) === 3
    })
    const letters = await listDeadLetters(mails)
    assert.deepEqual(
      letters.map(({ aggregateId, version, status, error }) => [aggregateId, version, status, error]),
      [
        ['killer', 1, 'poisoned', 'The process ended each time it ran this event.'],
        ['killer', 2, 'waiting', null],
      ],
    )
    assert.equal(starts, 5, 'all four, the first two, the killer twice; then it is parked')
  })

  function start(limits: ConsumerLimits): ChildProcess {
    const file = new URL('./consumer.fault.child.ts', import.meta.url)
    const child = fork(file, [JSON.stringify(options), JSON.stringify(limits)])
    children.add(child)
    return child
  }

  async function kill(child: ChildProcess): Promise<void> {
    children.delete(child)
    if (child.signalCode !== null || child.exitCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  async function count(): Promise<number> {
    const [row] = await mails.query<{ count: number }>('SELECT count(*)::int AS count FROM applied')
    return row!.count
  }

  async function append(events: readonly (readonly [string, number])[]): Promise<void> {
    await orders.transaction(async (tx) =>
      appendEvents(
        tx,
        events.map(([aggregateId, version]) => {
          return { type: 'orders.order-placed.v1', aggregateId, version, payload: {} }
        }),
      ),
    )
  }
})
