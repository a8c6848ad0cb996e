import { reply } from 'banyan/contract'
import { systemClock, systemRandom } from 'banyan/core'
import { createCredentials, createServiceEndpoint, loadTransport } from 'banyan/mesh'
import { silentLogger } from 'banyan/observe'
import { products, SECRET } from '../wires/contract.ts'

// `works` answers after 2 ms, `fails` throws after 1 ms. Asked over IPC, it tells how many calls have reached it.
const [mode = 'works'] = process.argv.slice(2)
const [clock, random, logger] = [systemClock, systemRandom, silentLogger]
const transport = await loadTransport('stream', { contracts: [products], release: 'bench' })
let calls = 0
const endpoint = createServiceEndpoint({
  contract: products,
  clock,
  logger,
  operations: {
    getProduct: async ({ productId }) => {
      calls++
      await clock.sleep(mode === 'works' ? 2 : 1)
      if (mode === 'fails') throw new Error('this instance is broken')
      const price = { amountMinor: 1_999, currency: 'USD' } as const
      return reply({ id: productId, name: 'A tree', price, updatedAt: '2026-01-15T10:30:00.000Z' })
    },
  },
})
const credentials = createCredentials({ names: ['products'], secret: SECRET, clock })
const address = 'tcp://127.0.0.1:0'
const server = await transport.serve({ clock, random, logger, credentials, address, endpoints: [endpoint] })
process.on('message', () => process.send!(calls))
console.log(server.address)
