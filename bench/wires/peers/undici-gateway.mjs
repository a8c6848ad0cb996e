// Fastify in front, an undici pool behind; the answer is handed on as it comes.
import { fastify } from 'fastify'
import { Pool } from 'undici'
import { HEADERS } from './answer.mjs'

const [service] = process.argv.slice(2)
const pool = new Pool(`http://127.0.0.1:${service}`, { connections: 64, pipelining: 1 })
const app = fastify({ logger: false })
app.get('/api/v2/products/:productId', async (request, reply) => {
  const { body } = await pool.request({ path: request.url, method: 'GET' })
  reply.headers(HEADERS)
  return Buffer.from(await body.arrayBuffer())
})
console.log(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port)
