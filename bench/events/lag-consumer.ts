// The consuming process of bench/events/lag.ts: applies each event to a database of its own and tells when.
import { defineContract } from 'banyan/contract'
import { systemClock, systemRandom } from 'banyan/core'
import { createDatabase, type Database, type DatabaseOptions } from 'banyan/data'
import { createNatsLink, createNatsLogSource, startConsumer } from 'banyan/events'
import { createRemoteLogSource, firstLog, type StoredEvent, withLogOperations } from 'banyan/log'
import { createCredentials, loadTransport } from 'banyan/mesh'
import { silentLogger } from 'banyan/observe'

const [databaseText, address, natsUrl] = process.argv.slice(2) as [string, string, string]
const clock = systemClock
const tools = { clock, random: systemRandom, logger: silentLogger }
const contract = withLogOperations(defineContract({ name: 'orders', operations: {} }))
const credentials = createCredentials({ names: ['mails'], secret: Buffer.alloc(32, 7), clock })
const transport = await loadTransport('stream', { contracts: [contract], release: 'bench' })
const wire = transport.connect({ ...tools, address, credentials })
const feed = createRemoteLogSource({ ...tools, wire, log: firstLog('orders'), reader: 'mails' })
const link = natsUrl ? createNatsLink({ ...tools, url: natsUrl, name: 'mails-1' }) : null
const source = link ? createNatsLogSource({ ...tools, link, feed, processName: 'mails-1' }) : feed

const applied: [event: string, atMs: number][] = []
let batches = 0
let uncommitted: readonly StoredEvent[] = []
startConsumer({
  ...tools,
  database: timing(createDatabase(JSON.parse(databaseText) as DatabaseOptions)),
  sources: [source],
  definition: {
    name: 'mails.lag',
    types: ['orders.order-placed.v1', 'orders.order-confirmed.v1'],
    async handle(tx, events) {
      uncommitted = events
      const columns = [events.map((at) => at.aggregateId), events.map((at) => at.version)]
      tx.execute('INSERT INTO applied (aggregate_id, version) SELECT * FROM unnest($1::text[], $2::int[])', columns)
    },
  },
})
process.send!('ready')
process.on('message', (question: 'reset' | 'report') => {
  if (question === 'report') process.send!({ applied, batches })
  applied.length = batches = 0
})

/** Notes when the events of a transaction are committed. */
function timing(database: Database): Database {
  return {
    ...database,
    async transaction(work, options) {
      uncommitted = []
      const result = await database.transaction(work, options)
      const nowMs = performance.timeOrigin + performance.now()
      for (const { aggregateId, version } of uncommitted) applied.push([`${aggregateId}:${version}`, nowMs])
      if (uncommitted.length > 0) batches++
      return result
    },
  }
}
