import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { startTestPostgres, startTestRedis, type TestPostgres, type TestRedis } from 'banyan/testing'
import { logInAdmin, runProbe } from '../testing/run-probe.ts'
import { startShop, type ShopFixture } from '../testing/shop-fixture.ts'

const WRITES = 3
const PATH = '/api/v2/products/21'

describe('banyan cache probe', () => {
  let postgres: TestPostgres
  let redis: TestRedis
  const gateways: ShopFixture[] = []
  let token = ''

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    redis = await startTestRedis()
    const environment = { REDIS_URL: redis.url }
    for (const name of ['one', 'two']) gateways.push(await startShop({ postgres, name, environment }))
    token = await logInAdmin(gateways[0]!)
  })
  after(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()))
    await postgres?.stop()
    await redis?.stop()
  })

  const read = async () => {
    const response = await fetch(`${gateways[0]!.url}${PATH}`)
    const { data } = (await response.json()) as { data: Record<string, unknown> }
    return { tag: response.headers.get('etag')!, data: { ...data, updatedAt: '' } }
  }

  test('measures every layer within its bound, and leaves what the product says as it was', async () => {
    const before = await read()
    const urls = gateways.map(({ url }) => url)
    const { code, output, errors } = await probe(['--url', ...urls, '--writes', String(WRITES), '--json'])
    assert.equal(code, 0, output + errors)
    const { places } = JSON.parse(output) as { places: { layer: string; count: number; over: number }[] }
    assert.deepEqual(
      places.map(({ layer, count, over }) => [layer, count, over]),
      ['browser', 'l1', 'browser', 'l1', 'database', 'l2'].map((layer) => [layer, WRITES, 0]),
    )
    const later = await read()
    assert.deepEqual(later.data, before.data)
    assert.notEqual(later.tag, before.tag)
  })

  test('a gateway that shows the old answer to the reader of a write is found out', async () => {
    await using forgetful = await startForgetfulGateway(gateways[0]!.url)
    const { code, output } = await probe(['--url', forgetful.url, '--writes', '2'])
    assert.equal(code, 1, output)
    assert.match(output, /l1 +at once +2 of 2/)
    assert.match(output, /database +at once +0 of 2/)
  })

  test('says what is missing', async () => {
    const wrong = [
      [['--writes', '0'], {}, 2, /between 1 and 1000, got "0"/],
      [[], { PROBE_TOKEN: '' }, 2, /PROBE_TOKEN.*not set/],
      [[], { PROBE_TOKEN: 'nobody' }, 1, /PUT .* answers 401/],
    ] as const
    for (const [args, environment, exitCode, message] of wrong) {
      const { code, errors } = await probe(['--url', gateways[0]!.url, ...args], environment)
      assert.equal(code, exitCode, errors)
      assert.match(errors, message)
    }
  })

  const probe = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
    runProbe([PATH, ...args], { REDIS_URL: redis.url, PROBE_TOKEN: token, ...environment })
})

/** Passes everything on, but answers the first plain read after a write as the one before it was answered. */
async function startForgetfulGateway(origin: string): Promise<AsyncDisposable & { readonly url: string }> {
  let last: { headers: Record<string, string>; body: string } | null = null
  let isNext = false
  const server = createServer((request, response) => void pass(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { authorization, 'content-type': type, 'if-match': match, 'consistency-token': seen } = request.headers
    const isPlain = request.method === 'GET' && seen === undefined && request.headers['if-none-match'] === undefined
    if (isPlain && isNext && last) {
      isNext = false
      response.writeHead(200, last.headers).end(last.body)
      return
    }
    const headers = { authorization, 'content-type': type, 'if-match': match, 'consistency-token': seen as string }
    const sent = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined)
    const body = request.method === 'PUT' ? await text(request) : undefined
    const answer = await fetch(origin + request.url, { method: request.method, headers: sent, body })
    const passed = Object.fromEntries(
      ['etag', 'consistency-token'].flatMap((name) =>
        answer.headers.has(name) ? [[name, answer.headers.get(name)!]] : [],
      ),
    )
    const answered = { headers: passed, body: await answer.text() }
    if (request.method === 'PUT') isNext = true
    if (isPlain) last = answered
    response.writeHead(answer.status, answered.headers).end(answered.body)
  }
}
