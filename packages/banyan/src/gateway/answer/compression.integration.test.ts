import assert from 'node:assert/strict'
import { request, type IncomingHttpHeaders } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { fixtureOptions, product, shopWire } from '../gateway.fixture.ts'
import { createGateway } from '../gateway.ts'

const items = Array.from({ length: 30 }, (_, index) => ({
  ...product,
  id: String(index + 1),
  name: `Büchertisch ${index}`,
}))
const text = 'a secret, '.repeat(100)
const wire = shopWire({
  listProducts: () => ({ items, nextCursor: null }),
  getNote: ({ userId }: { userId: string }) => ({ userId, text }),
  putNote: (input: object) => input,
})
const gateway = createGateway(fixtureOptions({ wire }))
let url = ''
before(async () => void ({ url } = await gateway.start()))
after(() => gateway.stop())

interface Raw {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
}

/** As it comes: fetch would decode it. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url + path, { method, headers }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode!, headers: incoming.headers, bytes: Buffer.concat(chunks) }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

describe('what anybody may see', () => {
  for (const [coding, decode] of [
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ] as const) {
    test(`comes as ${coding}, under a tag of its own`, async () => {
      const plain = await get('/api/v2/products')
      assert.equal(plain.headers['content-encoding'], undefined)
      const coded = await get('/api/v2/products', { 'accept-encoding': `${coding}, deflate` })
      assert.equal(coded.headers['content-encoding'], coding)
      assert.equal(coded.headers['content-length'], String(coded.bytes.length))
      assert.deepEqual(decode(coded.bytes), plain.bytes)
      assert.ok(coded.bytes.length * 5 < plain.bytes.length)
      assert.equal(coded.headers.etag, plain.headers.etag!.replace(/"$/, `-${coding}"`))
      for (const { headers } of [plain, coded]) assert.match(headers.vary!, /Accept-Encoding/)

      const again = await get('/api/v2/products', { 'accept-encoding': coding, 'if-none-match': coded.headers.etag! })
      assert.deepEqual([again.status, again.headers.etag, again.bytes.length], [304, coded.headers.etag, 0])
      assert.match(again.headers.vary!, /Accept-Encoding/)
    })
  }

  test('the same to HEAD, without the body', async () => {
    const head = await get('/api/v2/products', { 'accept-encoding': 'br' }, 'HEAD')
    assert.deepEqual([head.headers['content-encoding'], head.bytes.length], ['br', 0])
  })

  test('a small answer stays as it is, and says what it would depend on', async () => {
    const { headers } = await get('/api/v2/products/1001', { 'accept-encoding': 'br' })
    assert.deepEqual([headers['content-encoding'], headers.etag], [undefined, '"v2-p17.s903"'])
    assert.match(headers.vary!, /Accept-Encoding/)
  })

  test('documents too', async () => {
    const plain = await get('/openapi.json')
    const coded = await get('/openapi.json', { 'accept-encoding': 'br' })
    assert.deepEqual(brotliDecompressSync(coded.bytes), plain.bytes)
    const known = await get('/openapi.json', { 'accept-encoding': 'br', 'if-none-match': coded.headers.etag! })
    assert.equal(known.status, 304)
  })
})

test('what only its reader may see is not compressed: its length would tell of it', async () => {
  const note = await get('/api/v2/users/42/note', { authorization: 'user 42', 'accept-encoding': 'br, gzip' })
  assert.equal(note.status, 200)
  assert.ok(note.bytes.length >= 1_024, 'large enough to be compressed')
  assert.equal(note.headers['content-encoding'], undefined)
  assert.doesNotMatch(note.headers.vary!, /Accept-Encoding/)
})
