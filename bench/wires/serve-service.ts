import { reply } from 'banyan/contract'
import { systemClock, systemRandom } from 'banyan/core'
import { createCredentials, createServiceEndpoint, loadTransport, type WireName } from 'banyan/mesh'
import { silentLogger } from 'banyan/observe'
import { products, SECRET } from './contract.ts'

const [wire = 'stream', address = 'tcp://127.0.0.1:0'] = process.argv.slice(2)
const [clock, random, logger] = [systemClock, systemRandom, silentLogger]
const transport = await loadTransport(wire as WireName, { contracts: [products], release: 'bench' })
const endpoint = createServiceEndpoint({
  contract: products,
  clock,
  logger,
  operations: {
    getProduct: async ({ productId }) =>
      reply(
        {
          id: productId,
          name: 'A tree',
          price: { amountMinor: 1_999, currency: 'USD' },
          updatedAt: '2026-01-15T10:30:00.000Z',
        },
        { versions: 'p17.s903', changedAt: '2026-01-15T10:30:00.000Z' },
      ),
  },
})
const credentials = createCredentials({ names: ['products'], secret: SECRET, clock })
const server = await transport.serve({ clock, random, logger, credentials, address, endpoints: [endpoint] })
console.log(server.address)
