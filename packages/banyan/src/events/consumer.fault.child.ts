// A process with one consumer, to be killed: see consumer.fault.test.ts. Arguments: where the databases are, limits.
import { systemClock, systemRandom } from '../core/index.ts'
import { createDatabase, type DatabaseOptions } from '../data/index.ts'
import { createLogSource } from '../log/index.ts'
import { silentLogger } from '../observe/index.ts'
import { type ConsumerLimits, startConsumer } from './index.ts'

const [orders, mails] = JSON.parse(process.argv[2]!) as [DatabaseOptions, DatabaseOptions]
const limits = JSON.parse(process.argv[3]!) as ConsumerLimits
const tools = { clock: systemClock, random: systemRandom, logger: silentLogger }
const log = { producer: 'orders', shard: 0, epoch: 1 }

startConsumer({
  ...tools,
  database: createDatabase(mails),
  sources: [createLogSource({ ...tools, database: createDatabase(orders), log })],
  limits,
  definition: {
    name: 'mails.fault',
    types: ['orders.order-placed.v1'],
    async handle(tx, events) {
      const columns = [events.map((at) => at.aggregateId), events.map((at) => at.version)]
      await tx.query('INSERT INTO applied (aggregate_id, version) SELECT * FROM unnest($1::text[], $2::int[])', columns)
      if (events.some((at) => at.aggregateId === 'killer')) process.kill(process.pid, 'SIGKILL')
      await tx.query('SELECT pg_sleep(0.01)')
    },
  },
})
// Keeps the process alive as long as its parent is.
process.on('message', () => undefined)
