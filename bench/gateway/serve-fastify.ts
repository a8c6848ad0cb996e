import { fastify } from 'fastify'
import { product } from './product.ts'

// The peer: the same product in the same envelope, with a response schema and nothing else.
const Product = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    name: { type: 'string' },
    price: { type: 'object', properties: { amountMinor: { type: 'integer' }, currency: { type: 'string' } } },
    updatedAt: { type: 'string' },
  },
}
const Envelope = {
  type: 'object',
  properties: {
    success: { type: 'boolean' },
    data: Product,
    meta: { type: 'object', properties: { timestamp: { type: 'string' }, version: { type: 'integer' } } },
  },
}

const app = fastify({ logger: false })
app.get('/api/v2/products/:productId', { schema: { response: { 200: Envelope } } }, async () => ({
  success: true,
  data: product,
  meta: { timestamp: product.updatedAt, version: 2 },
}))
console.log(await app.listen({ port: 0, host: '127.0.0.1' }))

process.on('message', () => process.send!(process.cpuUsage()))
