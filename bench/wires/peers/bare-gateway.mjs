// The floor of a gateway in Node: node:http by hand, no router, nothing checked, the bare framed stream behind.
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { frame } from './bare.mjs'
import { envelope, HEADERS, idOf } from './answer.mjs'

const [service] = process.argv.slice(2)
const waiting = new Map()
let lastId = 0
const send = frame(connect({ port: Number(service), host: '127.0.0.1', noDelay: true }), (id, text) => {
  const response = waiting.get(id)
  waiting.delete(id)
  const body = envelope(text)
  response.writeHead(200, [...headers, 'Content-Length', String(body.length)]).end(body, 'latin1')
})
const headers = Object.entries(HEADERS).flat()
const server = createServer((request, response) => {
  lastId++
  waiting.set(lastId, response)
  send(lastId, idOf(request.url))
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
