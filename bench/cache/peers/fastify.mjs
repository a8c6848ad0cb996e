import { fastify } from 'fastify'
import { body, headers, schema } from './answer.mjs'

// `equal`: sends what the gateway sends. `bare`: what Fastify sends by itself.
const isEqual = process.argv[2] === 'equal'
const app = fastify({ logger: false })
app.get('/api/v2/products/:productId', { schema: { response: { 200: schema } } }, async (request, reply) => {
  if (isEqual) reply.headers(headers)
  return body
})
console.log(await app.listen({ port: 0, host: '127.0.0.1' }))
process.on('message', () => process.send(process.cpuUsage()))
