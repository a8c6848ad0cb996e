// The service behind nginx and undici: node:http by hand, the cheapest that Node has (Fastify adds 6 %).
import { createServer } from 'node:http'
import { envelope, getProduct, HEADERS, idOf } from './answer.mjs'

const server = createServer((request, response) => {
  const body = envelope(JSON.stringify(getProduct(idOf(request.url))))
  response.writeHead(200, { ...HEADERS, 'Content-Length': Buffer.byteLength(body) }).end(body)
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
