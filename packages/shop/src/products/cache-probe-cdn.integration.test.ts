import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  findFreePort,
  startTestNginx,
  startTestPostgres,
  startTestVarnish,
  type SharedCache,
  type TestPostgres,
} from 'banyan/testing'
import { logInAdmin, runProbe } from '../testing/run-probe.ts'
import { startShop, type ShopFixture } from '../testing/shop-fixture.ts'

const PATH = '/api/v2/products/22'
const WRITES = 5
/** 4 s in the gateway, 5 s in the cache, 10 s more while it fetches the next. */
const BOUND_MS = 19_000

interface Row {
  readonly layer: string
  readonly boundMs: number
  readonly count: number
  readonly over: number
  readonly held: number | null
  readonly worstMs: number
}

describe('banyan cache probe --cdn', () => {
  let postgres: TestPostgres
  let caches: readonly SharedCache[]
  let shop: ShopFixture
  let token = ''

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    const port = await findFreePort()
    const origin = `http://127.0.0.1:${port}`
    caches = await Promise.all([startTestVarnish({ origin }), startTestNginx({ origin })])
    const purged = caches.map(({ purgeUrl }) => purgeUrl).join(',')
    shop = await startShop({ postgres, environment: { PORT: String(port), CDN_PURGE_URL: purged, TRUST_PROXY: '1' } })
    token = await logInAdmin(shop)
  })
  after(async () => {
    await shop?.stop()
    await Promise.all(caches?.map((cache) => cache.stop()) ?? [])
    await postgres?.stop()
  })

  test('Varnish and nginx hold a copy before each write, and show the next within the bound', async (context) => {
    const urls = caches.map(({ url }) => url)
    const writes = ['--writes', String(WRITES)]
    const { code, output, errors } = await probe(['--url', shop.url, '--cdn', ...urls, ...writes, '--json'])
    assert.equal(code, 0, output + errors)
    const { places } = JSON.parse(output) as { places: Row[] }
    const shared = places.filter(({ layer }) => layer === 'cdn')
    assert.deepEqual(
      shared.map(({ boundMs, count, over, held }) => [boundMs, count, over, held]),
      caches.map(() => [BOUND_MS, WRITES, 0, WRITES]),
    )
    for (const [index, { worstMs }] of shared.entries()) context.diagnostic(`${caches[index]!.name}: ${worstMs} ms`)
  })

  test('a cache that keeps nothing is found out: what is never a copy proves nothing', async () => {
    const { code, errors } = await probe(['--url', shop.url, '--cdn', shop.url, '--writes', '2'])
    assert.equal(code, 1)
    assert.match(errors, /was never seen to answer from a copy/)
  })

  const probe = (args: readonly string[]) => runProbe([PATH, ...args], { PROBE_TOKEN: token })
})
