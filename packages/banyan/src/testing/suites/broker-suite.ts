import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { systemClock } from '../../core/index.ts'
import { listDeadLetters, replayDeadLetters } from '../../events/index.ts'
import { type BrokerBench, type BrokerUnderTest, openBrokerBench } from './broker-bench.ts'
import { until } from '../until.ts'

/** What every way for events to get from process to process must do: nothing lost, nothing twice, in order. */
export function brokerSuite(name: string, start: () => Promise<BrokerUnderTest>): void {
  describe(`broker: ${name}`, () => {
    let bench: BrokerBench
    const get = () => bench
    before(async () => {
      bench = await openBrokerBench(start)
    })
    beforeEach(() => bench.reset())
    after(() => bench?.stop())

    testDelivery(get)
    testFaultyDelivery(get)
    testRestarts(get)
    testConsumers(get)
  })
}

type Get = () => BrokerBench

function testDelivery(get: Get): void {
  test('events of many aggregates by many writers: each once, in order per aggregate', async () => {
    await get().startConsumer()
    await writeBy(get(), 6, [1, 60])
    await get().settle()
  })

  test('a consumer that begins late reads from the beginning', async () => {
    await writeBy(get(), 3, [1, 40])
    await get().startConsumer()
    await writeBy(get(), 3, [41, 60])
    await get().settle()
  })
}

function testFaultyDelivery(get: Get): void {
  test('doubled messages have no effect', async () => {
    await get().startConsumer()
    await get().append('a:1', 'a:2', 'b:1')
    await get().settle()
    await deliverAll(get(), [0, 1, 2, 0, 1, 2])
    await get().append('a:3')
    await get().settle()
  })

  test('messages out of order and with gaps are put right', async () => {
    await get().startConsumer()
    await get().append('a:1')
    await get().settle()
    // Nobody publishes meanwhile: all that comes is what is delivered here.
    await get().append('a:2', 'a:3', 'b:1', 'a:4', 'b:2')
    await deliverAll(get(), [3, 1, 5, 2])
    await get().settle()
  })

  test('messages that were delivered and not acknowledged come again and have no effect', async () => {
    const first = await get().startConsumer({ neverAcknowledges: true })
    await writeBy(get(), 2, [1, 20])
    await get().settle()
    await get().crash(first)
    await writeBy(get(), 2, [21, 30])
    await get().startConsumer()
    await get().settle()
  })
}

function testRestarts(get: Get): void {
  test('the producer is restarted while events come', async () => {
    await get().startConsumer()
    const writing = writeBy(get(), 4, [1, 150])
    for (let restarts = 0; restarts < 3; restarts++) {
      await progress(get(), 30, writing)
      await get().restartProducer()
    }
    await writing
    await get().settle()
  })

  test('the broker is away for a while under load, and back', async () => {
    await get().startConsumer()
    const writing = writeBy(get(), 4, [1, 250])
    await progress(get(), 30, writing)
    await get().broker.kill()
    await systemClock.sleep(300)
    await get().broker.start()
    await writing
    await get().settle()
  })

  test('the broker forgets everything under load', async () => {
    await get().startConsumer()
    const writing = writeBy(get(), 4, [1, 250])
    await progress(get(), 30, writing)
    await get().broker.wipe()
    await progress(get(), 10, writing)
    await get().broker.wipe()
    await writing
    await get().settle()
  })

  test('a broker that is not there at the start comes later', async () => {
    await get().broker.kill()
    await get().startConsumer()
    await get().append('a:1')
    await get().broker.start()
    await get().append('a:2')
    await get().settle()
  })
}

function testConsumers(get: Get): void {
  test('a slow consumer gets everything in the end', async () => {
    await get().startConsumer({ limits: { maxEvents: 50 }, onHandle: () => systemClock.sleep(15) })
    const names = Array.from({ length: 3_000 }, (_, index) => `a${index % 50}:${1 + Math.floor(index / 50)}`)
    for (let from = 0; from < names.length; from += 300) await get().append(...names.slice(from, from + 300))
    await get().settle()
  })

  test('a consumer that crashes again and again goes on where it stood', async () => {
    const writing = writeBy(get(), 4, [1, 150])
    for (let crashes = 0; crashes < 4; crashes++) {
      const consumer = await get().startConsumer({ neverAcknowledges: crashes % 2 === 0 })
      await progress(get(), 20, writing)
      await get().crash(consumer)
    }
    await get().startConsumer()
    await writing
    await get().settle()
  })

  test('two processes run the same consumer, and one takes over from the other', async () => {
    const one = await get().startConsumer()
    await get().startConsumer({ processName: 'mails-2' })
    const writing = writeBy(get(), 4, [1, 150])
    await progress(get(), 60, writing)
    await get().crash(one)
    await writing
    await get().settle()
  })

  test('a poisoned event holds up its aggregate only, and is applied by a replay', async () => {
    let isPoisoned = true
    const onHandle = (events: readonly { readonly aggregateId: string }[]) => {
      if (isPoisoned && events.some((at) => at.aggregateId === 'bad')) throw new Error('cannot apply')
    }
    await get().startConsumer({ limits: { maxAttempts: 2 }, onHandle })
    await get().append('a:1', 'bad:1', 'b:1', 'bad:2', 'a:2')
    await until(async () => (await get().applied()).length === 3, 'the others are applied')
    await until(async () => (await listDeadLetters(get().mails)).length === 2, 'the poisoned aggregate is parked')
    isPoisoned = false
    const definition = { name: 'mails.suite', types: ['orders.order-placed.v1'], handle: insertReplayed }
    assert.equal((await replayDeadLetters({ database: get().mails, definition })).replayed, 2)
    await get().append('bad:3')
    await get().settle()
  })
}

const insertReplayed: Parameters<typeof replayDeadLetters>[0]['definition']['handle'] = async (tx, events) => {
  for (const { position, aggregateId, version } of events) {
    const values = [position, aggregateId, version]
    tx.execute('INSERT INTO applied (position, aggregate_id, version) VALUES ($1, $2, $3)', values)
  }
}

/** Each writer appends these versions of its own aggregate one after the other, and what all write meets in the log. */
async function writeBy({ append }: BrokerBench, writers: number, [from, to]: readonly [number, number]): Promise<void> {
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let version = from; version <= to; version++) await append(`w${writer}:${version}`)
    }),
  )
}

/** Until so many more are applied, or nothing more is written: a quick consumer may be through before it is told to crash. */
async function progress(bench: BrokerBench, more: number, writing: Promise<void>): Promise<void> {
  const goal = (await bench.applied()).length + more
  let isWritten = false
  void writing.then(() => (isWritten = true))
  await until(async () => isWritten || (await bench.applied()).length >= goal, `${goal} are applied`)
}

/** Events of the log by index, each with the position before it, as the relay would send them. */
async function deliverAll(bench: BrokerBench, indexes: readonly number[]): Promise<void> {
  const log = await bench.readLog()
  for (const index of indexes) {
    await bench.broker.deliver({ previous: log[index - 1]?.position ?? 0, event: log[index]! })
  }
}
