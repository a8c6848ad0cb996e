import { createServer } from 'node:net'
import { frame } from './bare.mjs'
import { getProduct } from './answer.mjs'

const server = createServer({ noDelay: true }, (socket) => {
  const send = frame(socket, (id, text) => send(id, JSON.stringify(getProduct(text))))
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
