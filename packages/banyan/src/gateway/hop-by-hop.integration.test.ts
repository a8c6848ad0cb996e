import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { systemClock, systemRandom } from '../core/index.ts'
import { createCredentials, loadTransport, type InstanceWire } from '../mesh/index.ts'
import { silentLogger } from '../observe/index.ts'
import { createGateway } from './gateway.ts'
import { fixtureOptions, product, shop } from './gateway.fixture.ts'

// What belongs to one connection goes no further (RFC 9110, 7.6.1), whether a standard says so or the `Connection` header does.

let service: Server
let wire: InstanceWire
let gateway: ReturnType<typeof createGateway>
let url: string
let received: IncomingHttpHeaders = {}

before(async () => {
  service = createServer((incoming, response) => {
    received = incoming.headers
    const own = { 'x-of-the-service': 'secret', 'keep-alive': 'timeout=77', 'x-request-id': 'of-the-service' }
    response.writeHead(200, { 'content-type': 'application/json', connection: 'keep-alive, x-of-the-service', ...own })
    response.end(JSON.stringify(product))
  })
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  const tools = { clock: systemClock, random: systemRandom, logger: silentLogger }
  const credentials = createCredentials({ names: ['gateway'], secret: Buffer.alloc(32, 7), clock: systemClock })
  const transport = await loadTransport('http', { contracts: [shop], release: '1.0.0' })
  const address = `tcp://127.0.0.1:${(service.address() as AddressInfo).port}`
  wire = transport.connect({ ...tools, credentials, address })
  gateway = createGateway(fixtureOptions({ wire }))
  url = (await gateway.start()).url
})
after(async () => {
  await gateway?.stop()
  await wire?.stop()
  service?.close()
})

test('no header of the client reaches a service, least of all those that are of its connection alone', async () => {
  const headers = {
    connection: 'keep-alive, x-of-the-client, authorization',
    'x-of-the-client': 'secret',
    'keep-alive': 'timeout=88',
    'proxy-authorization': 'Basic secret',
    'proxy-connection': 'keep-alive',
    te: 'trailers',
    upgrade: 'h2c',
    cookie: 'session=secret',
  }
  const { statusCode } = await ask('/api/v2/products/1001', headers)
  assert.equal(statusCode, 200)
  const given = Object.keys(headers).filter((name) => name !== 'connection')
  assert.deepEqual(
    given.filter((name) => name in received),
    [],
  )
  assert.doesNotMatch(JSON.stringify(received), /secret|of-the-client|h2c/)
  assert.match(received.authorization ?? '', /^Bearer /, 'the name of the gateway, not what the client showed')
})

test('no header of a service reaches the client', async () => {
  const answer = await ask('/api/v2/products/1001', {})
  assert.equal(answer.headers['x-of-the-service'], undefined)
  assert.doesNotMatch(JSON.stringify(answer.headers), /of-the-service|timeout=77/)
})

/** With headers that fetch does not let through. */
async function ask(path: string, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
  const asked = request(`${url}${path}`, { headers }).end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  answer.resume()
  await once(answer, 'end')
  return answer
}
