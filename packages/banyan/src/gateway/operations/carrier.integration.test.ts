import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { coreErrors, systemClock, systemRandom } from '../../core/index.ts'
import { reply } from '../../contract/index.ts'
import { createCredentials, loadTransport, type InstanceWire, type WireServer } from '../../mesh/index.ts'
import { silentLogger } from '../../observe/index.ts'
import { fixtureOptions, product, sendTo, shop, shopEndpoint, shopErrors, shopWire } from '../gateway.fixture.ts'
import { createGateway, type Gateway } from '../gateway.ts'

/** Answers that the two ways could tell apart: odd characters, pages, times, repeats, what is pending. */
const odd = 'ü 😀 "\\\n\u2028 ,"nextCursor":'
const handlers = {
  listProducts: ({ search, limit }: { search?: string; limit?: number }) => ({
    items:
      search === 'none'
        ? []
        : search === 'many'
          ? Array.from({ length: 40 }, (_, index) => ({ ...product, id: String(index + 1), name: odd }))
          : [
              { ...product, name: odd },
              { ...product, id: '1002', updatedAt: '2026-02-01T00:00:00.000Z' },
            ],
    nextCursor: limit === 2 ? 'c1' : null,
  }),
  getNote: ({ userId }: { userId: string }) => ({ userId, text: odd }),
  putNote(input: { text: string }) {
    if (input.text === 'stale') throw coreErrors.PRECONDITION_FAILED()
    return reply(input, { replayed: input.text === 'again', pending: input.text === 'later' })
  },
  createProduct(input: { name: string }) {
    if (input.name === 'taken') throw shopErrors.PRICE_CHANGED({ price: product.price })
    return { ...product, ...input }
  },
}

const json = { 'content-type': 'application/json' }
const user = { ...json, authorization: 'user 42' }
const admin = { ...json, authorization: 'admin 1' }
const price = { amountMinor: 5, currency: 'USD' }
const put = (body: string | Buffer, headers: Record<string, string> = user) => ({ method: 'PUT', headers, body })
const post = (body: string) => ({ method: 'POST', headers: admin, body })

const REQUESTS: readonly [
  path: string,
  init?: { method?: string; headers?: Record<string, string>; body?: string | Buffer },
][] = [
  ['/products/1001'],
  ['/products/1001', { headers: { 'if-none-match': '"v2-p17.s903"' } }],
  ['/products/1002'],
  ['/products/%00'],
  ['/products/1001?nope=1'],
  ['/products/1001?productId=1002'],
  ['/products'],
  ['/products?limit=2'],
  ['/products?limit=x'],
  ['/products?search=none'],
  ['/products?search=ü%20😀'],
  ['/products?search=many'],
  ['/products?search=many', { headers: { 'accept-encoding': 'br' } }],
  ['/products?search=many', { headers: { 'accept-encoding': 'gzip' } }],
  ['/products', { headers: { 'if-none-match': '*' } }],
  ['/users/42/note'],
  ['/users/42/note', { headers: user }],
  ['/users/43/note', { headers: user }],
  ['/users/x/note', { headers: admin }],
  ['/users/42/note', put(JSON.stringify({ text: odd }))],
  ['/users/42/note', put(` {\n "text" : "spaced" }`)],
  ['/users/42/note', put('{"text":"again"}')],
  ['/users/42/note', put('{"text":"later"}')],
  ['/users/42/note', put('{"text":"stale"}', { ...user, 'if-match': '"v2-n1"' })],
  ['/users/42/note', put('{"text":"x"}', { ...user, 'if-match': '"v1-n1"' })],
  ['/users/42/note', put('{"text":"stale"}', { ...user, 'if-match': '"v2-n7", "v2-n1"' })],
  ['/users/42/note', put('{"text":"x","userId":"43"}')],
  ['/users/42/note', put('{"text":"x","nope":1,"more":2}')],
  ['/users/42/note', put('{"text":"\\u0000"}')],
  ['/users/42/note', put('{"text":"\\ud800"}')],
  ['/users/42/note', put('{"__proto__":{"text":"x"}}')],
  ['/users/42/note', put('{"text":1e999}')],
  ['/users/42/note', put('{"text":')],
  ['/users/42/note', put('[]')],
  ['/users/42/note', put('null')],
  ['/users/42/note', put('')],
  ['/users/42/note', put('\ufeff{"text":"x"}')],
  ['/users/42/note', put(Buffer.from([0x7b, 0xff, 0x7d]))],
  ['/users/42/note', put('{"text":"x"}', { authorization: 'user 42', 'content-type': 'text/plain' })],
  ['/users/42/note', put('{"text":"x"}', { ...user, 'content-encoding': 'gzip' })],
  ['/users/42/note?text=1', put('{"text":"x"}')],
  ['/users/43/note', put('{"text":"x"}')],
  ['/users/43/note', put('{"text":1}')],
  ['/users/42/note', put('{"text":"x"}', json)],
  ['/products', post(JSON.stringify({ name: 'A tree', price }))],
  ['/products', post(JSON.stringify({ name: 'taken', price }))],
  ['/products', post('{"name":""}')],
  ['/sessions', post('{"email":"a@b.de","password":"x"}')],
  ['/webhooks/stripe', post('{"any": 1 }')],
]

describe('an answer is the same, byte for byte, whether the service is in this process or another', () => {
  let here: Gateway
  let there: Gateway
  let server: WireServer
  let wire: InstanceWire
  const urls = { here: '', there: '' }
  // Answers that have no time of their own are dated now.
  const clock = { ...systemClock, now: () => Date.parse('2026-01-15T10:30:00.000Z') }

  before(async () => {
    const tools = { clock: systemClock, random: systemRandom, logger: silentLogger }
    const secret = randomBytes(32)
    const of = (name: string) => createCredentials({ names: [name], secret, clock: systemClock })
    const transport = await loadTransport('stream', { contracts: [shop], release: 'test' })
    const endpoints = [shopEndpoint(handlers)]
    server = await transport.serve({ ...tools, credentials: of('shop'), address: 'tcp://127.0.0.1:0', endpoints })
    wire = transport.connect({ ...tools, credentials: of('gateway'), address: server.address })
    here = createGateway(fixtureOptions({ clock, wire: shopWire(handlers) }))
    there = createGateway(fixtureOptions({ clock, wire }))
    urls.here = (await here.start()).url
    urls.there = (await there.start()).url
  })
  after(async () => {
    await Promise.all([here.stop(), there.stop()])
    await wire.stop()
    await server.stop()
  })

  for (const version of [1, 2]) {
    for (const [path, init = {}] of REQUESTS) {
      const body = init.body === undefined ? '' : ` ${JSON.stringify(init.body.toString('latin1' as never))}`
      test(`v${version} ${init.method ?? 'GET'} ${path}${body}`, async () => {
        const headers = {
          ...init.headers,
          'x-request-id': 'request-of-a-test',
          ...(init.method ? { 'idempotency-key': 'k-1' } : {}),
        }
        const [one, other] = await Promise.all(
          [urls.here, urls.there].map((url) =>
            sendTo(`${url}/api/v${version}${path}`, { ...init, headers } as RequestInit),
          ),
        )
        assert.equal(other!.text, one!.text)
        assert.equal(other!.status, one!.status)
        assert.deepEqual(comparable(other!.headers), comparable(one!.headers))
      })
    }
  }
})

/** All but what is of the moment. */
function comparable(headers: Headers): Record<string, string> {
  const { date: _, ratelimit: __, ...rest } = Object.fromEntries(headers)
  return rest
}
