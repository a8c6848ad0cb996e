import assert from 'node:assert/strict'
import { defineContract, type Wire } from '../../contract/index.ts'
import { coreErrors, systemClock, systemRandom } from '../../core/index.ts'
import { createDatabase, type Database } from '../../data/index.ts'
import { auditConsumers, type Consumer, type ConsumerLimits, startConsumer } from '../../events/index.ts'
import {
  appendEvents,
  createLogFeed,
  createLogSource,
  firstLog,
  type LocalLogSource,
  type LogSource,
  type OfferedEvent,
  type StoredEvent,
  withLogOperations,
} from '../../log/index.ts'
import { createLocalWire, createServiceEndpoint } from '../../mesh/index.ts'
import { silentLogger } from '../../observe/index.ts'
import { startTestPostgres } from '../servers/postgres.ts'
import { until } from '../until.ts'

const tools = { clock: systemClock, random: { ...systemRandom, unit: () => 0.05 }, logger: silentLogger }
export const brokerTools = tools
const TYPE = 'orders.order-placed.v1'

/** The producing process as a broker sees it. */
export interface BrokerProducer {
  readonly source: LocalLogSource
  readonly database: Database
  readonly processName: string
}

/** One consuming process's end of the broker. */
export interface BrokerConnection {
  readonly source: LogSource
  stop(): Promise<void>
}

/** One way for events to get from process to process. */
export interface BrokerUnderTest {
  /** Begins to publish the producer's log; again after each of its restarts. */
  publish(producer: BrokerProducer): { stop(): Promise<void> }
  /** @param wire to the producer */
  connect(processName: string, wire: Wire): BrokerConnection
  /** Puts this on the way to the consumers, as a faulty broker might. */
  deliver(offered: OfferedEvent): Promise<void>
  kill(): Promise<void>
  start(): Promise<void>
  /** Kills it, forgets all that it kept, and starts it. */
  wipe(): Promise<void>
  stop(): Promise<void>
}

/** Two databases with a broker between them: orders appends, mails applies. */
export interface BrokerBench {
  readonly broker: BrokerUnderTest
  readonly orders: Database
  readonly mails: Database
  /** A consumer in a process of its own, as far as the broker can tell. */
  startConsumer(setup?: ConsumerSetup): Promise<Consumer>
  /** Ends a consumer's process without a word to the broker. */
  crash(consumer: Consumer): Promise<void>
  /** `['a:1', 'b:1']` in one transaction. */
  append(...names: string[]): Promise<void>
  readLog(): Promise<readonly StoredEvent[]>
  restartProducer(): Promise<void>
  applied(): Promise<string[]>
  /** Waits until all is applied, then checks: each event once, in order per aggregate, and the books of the consumer. */
  settle(): Promise<void>
  reset(): Promise<void>
  stop(): Promise<void>
}

export interface ConsumerSetup {
  readonly processName?: string
  readonly limits?: ConsumerLimits
  readonly onHandle?: (events: readonly StoredEvent[]) => void | Promise<void>
  /** The process dies before it can acknowledge anything. Default false. */
  readonly neverAcknowledges?: boolean
}

export async function openBrokerBench(start: () => Promise<BrokerUnderTest>): Promise<BrokerBench> {
  const postgres = await startTestPostgres({ fsync: false })
  const area = (name: string) => ({ area: name, folder: new URL(`../../${name}/migrations/`, import.meta.url) })
  const orders = createDatabase(await postgres.schema('orders', [area('log'), area('events')]))
  const mails = createDatabase(await postgres.schema('mails', [area('events')]))
  await mails.query('CREATE TABLE applied (seq bigserial, position bigint, aggregate_id text, version int)')
  const broker = await start()
  const running = new Map<Consumer, BrokerConnection>()
  let producer = startProducer(orders, broker)

  const bench: BrokerBench = {
    broker,
    orders,
    mails,
    async startConsumer({ processName = 'mails-1', limits, onHandle, neverAcknowledges = false } = {}) {
      const connection = broker.connect(processName, { call: (...call) => producer.wire.call(...call) })
      const { applied: _, ...deaf } = connection.source
      const consumer = startConsumer({
        ...tools,
        definition: {
          name: 'mails.suite',
          types: [TYPE],
          async handle(tx, events) {
            await onHandle?.(events)
            tx.execute(INSERT_APPLIED, [
              events.map((at) => at.position),
              events.map((at) => at.aggregateId),
              events.map((at) => at.version),
            ])
          },
        },
        database: mails,
        sources: [neverAcknowledges ? deaf : connection.source],
        limits: { minIntervalMs: 1, flushMs: 50, ...limits },
      })
      running.set(consumer, connection)
      return consumer
    },
    async crash(consumer) {
      const connection = running.get(consumer)!
      running.delete(consumer)
      await consumer.stop()
      await connection.stop()
    },
    async append(...names) {
      await orders.transaction(async (tx) => appendEvents(tx, names.map(toEvent)))
      producer.source.notifyAppend()
    },
    async readLog() {
      const [row] = await orders.query<{ end: number }>('SELECT coalesce(max(position), 0)::int AS end FROM banyan_log')
      const events: StoredEvent[] = []
      await until(async () => {
        events.push(...(await producer.source.read(events.at(-1)?.position ?? 0, 1_000)))
        return (events.at(-1)?.position ?? 0) >= row!.end
      }, 'all that is committed is final')
      return events
    },
    async restartProducer() {
      await producer.stop()
      producer = startProducer(orders, broker)
    },
    async applied() {
      const rows = await mails.query<{ name: string }>(
        `SELECT aggregate_id || ':' || version AS name FROM applied ORDER BY seq`,
      )
      return rows.map((row) => row.name)
    },
    settle: () => settle(bench, producer.source),
    async reset() {
      for (const consumer of running.keys()) await bench.crash(consumer)
      await orders.query('TRUNCATE banyan_log')
      await mails.query('TRUNCATE applied, banyan_positions, banyan_attempts, banyan_dead_letters')
      await bench.restartProducer()
    },
    async stop() {
      for (const consumer of running.keys()) await bench.crash(consumer)
      await producer.stop()
      await broker.stop()
      await orders.stop()
      await mails.stop()
      await postgres.stop()
    },
  }
  return bench
}

const INSERT_APPLIED = `
  INSERT INTO applied (position, aggregate_id, version) SELECT * FROM unnest($1::bigint[], $2::text[], $3::int[])`

function toEvent(name: string) {
  const [aggregateId, version] = name.split(':') as [string, string]
  return { type: TYPE, aggregateId, version: Number(version), payload: { name } }
}

interface RunningProducer {
  readonly wire: Wire
  readonly source: LocalLogSource
  stop(): Promise<void>
}

function startProducer(database: Database, broker: BrokerUnderTest): RunningProducer {
  const source = createLogSource({ ...tools, database, log: firstLog('orders') })
  const endpoint = createServiceEndpoint({
    ...tools,
    contract: withLogOperations(defineContract({ name: 'orders', operations: {} })),
    operations: createLogFeed({ source, clock: systemClock }),
  })
  const wire = createLocalWire({ clock: systemClock, encode: true, endpoints: [endpoint] })
  const publishing = broker.publish({ source, database, processName: 'orders-1' })
  let isUp = true
  return {
    source,
    wire: { call: (...call) => (isUp ? wire.call(...call) : Promise.reject(coreErrors.OVERLOADED())) },
    async stop() {
      isUp = false
      await publishing.stop()
      await source.stop()
    },
  }
}

async function settle(bench: BrokerBench, source: LocalLogSource): Promise<void> {
  const log = (await bench.readLog()).map((event) => `${event.aggregateId}:${event.version}`)
  await until(async () => (await bench.applied()).length >= log.length, 'all is applied')
  const applied = await bench.applied()
  assert.deepEqual(applied.toSorted(), log.toSorted(), 'each once')
  const aggregateOf = (name: string) => name.slice(0, name.indexOf(':'))
  for (const aggregate of new Set(log.map(aggregateOf))) {
    const own = (names: string[]) => names.filter((name) => aggregateOf(name) === aggregate)
    assert.deepEqual(own(applied), own(log), 'in order')
  }
  const findings = await auditConsumers(bench.mails, [source])
  for (const { rows } of findings) assert.deepEqual(rows, [])
}
