// Fastify in front, Moleculer's own TCP transport behind: the faster of its two gateways.
import { fastify } from 'fastify'
import { envelope, HEADERS } from './answer.mjs'
import { createBroker } from './moleculer.mjs'

const [service, own] = process.argv[2].split(',').map(Number)
const broker = createBroker('gateway', own, [`127.0.0.1:${service}/service`, `127.0.0.1:${own}/gateway`])
await broker.start()
await broker.waitForServices('products')
const app = fastify({ logger: false })
app.get('/api/v2/products/:productId', async (request, reply) => {
  const { productId } = request.params
  const data = await broker.call('products.get', { productId })
  reply.headers(HEADERS)
  return envelope(JSON.stringify(data))
})
console.log(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port)
