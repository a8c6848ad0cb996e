import { credentials } from '@grpc/grpc-js'
import { fastify } from 'fastify'
import { envelope, HEADERS } from './answer.mjs'
import { Products } from './grpc.mjs'

const client = new Products(`127.0.0.1:${process.argv[2]}`, credentials.createInsecure())
const app = fastify({ logger: false })
app.get('/api/v2/products/:productId', (request, reply) => {
  const { productId } = request.params
  client.GetProduct({ productId }, (error, data) => {
    if (error) reply.code(500).send(error.message)
    else reply.headers(HEADERS).send(envelope(JSON.stringify(data)))
  })
})
console.log(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port)
