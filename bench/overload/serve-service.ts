import { hash } from 'node:crypto'
import { reply } from 'banyan/contract'
import { systemClock, systemRandom } from 'banyan/core'
import { createCredentials, createServiceEndpoint, createShedding, loadTransport } from 'banyan/mesh'
import { createMetrics, silentLogger } from 'banyan/observe'
import { products, SECRET } from '../wires/contract.ts'

// Each call costs 8 ms of an idle processor; with `shedding` the process refuses what it cannot do in time, as those of a topology do.
const [shedding = 'shedding'] = process.argv.slice(2)
const WORK = Buffer.alloc(16_000_000, 7) // the same work each time, in native code: compiled loops were two and a half times as slow after a while
const [clock, random, logger] = [systemClock, systemRandom, silentLogger]
const transport = await loadTransport('stream', { contracts: [products], release: 'bench' })
const endpoint = createServiceEndpoint({
  contract: products,
  clock,
  logger,
  middleware: shedding === 'shedding' ? [createShedding({ clock, random, metrics: createMetrics() })] : [],
  operations: {
    getProduct: async ({ productId }) => {
      hash('sha256', WORK)
      const price = { amountMinor: 1_999, currency: 'USD' } as const
      return reply({ id: productId, name: 'A tree', price, updatedAt: '2026-01-15T10:30:00.000Z' })
    },
  },
})
const credentials = createCredentials({ names: ['products'], secret: SECRET, clock })
const address = 'tcp://127.0.0.1:0'
const server = await transport.serve({ clock, random, logger, credentials, address, endpoints: [endpoint] })
console.log(server.address)
