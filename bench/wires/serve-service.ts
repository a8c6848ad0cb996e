import { emptyProtoLock, reply } from 'banyan/contract'
import { systemClock, systemRandom } from 'banyan/core'
import { createCredentials, createServiceEndpoint, loadTransport, type WireName } from 'banyan/mesh'
import { silentLogger } from 'banyan/observe'
import { ownedProducts as products, SECRET } from './contract.ts'

const [wire = 'stream', address = 'tcp://127.0.0.1:0'] = process.argv.slice(2)
const [clock, random, logger] = [systemClock, systemRandom, silentLogger]
const app = { contracts: [products], release: '1.0.0', protoLock: emptyProtoLock('bench') }
const transport = await loadTransport(wire as WireName, app)
const endpoint = createServiceEndpoint({
  contract: products,
  clock,
  logger,
  operations: {
    getProduct: async ({ productId }) => answer(productId),
    getOwnProduct: async ({ productId }) => answer(productId),
  },
})
const credentials = createCredentials({ names: ['products'], secret: SECRET, clock })
const server = await transport.serve({ clock, random, logger, credentials, address, endpoints: [endpoint] })
console.log(server.address)

function answer(id: string) {
  const updatedAt = '2026-01-15T10:30:00.000Z'
  const product = { id, name: 'A tree', price: { amountMinor: 1_999, currency: 'USD' as const }, updatedAt }
  return reply(product, { versions: 'p17.s903', changedAt: updatedAt })
}
