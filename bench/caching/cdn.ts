import { systemClock } from 'banyan/core'
import { findFreePort, type SharedCache, type SharedCacheOptions, type TestPostgres } from 'banyan/testing'
import { logInAdmin, startBenchShop } from './shops.ts'

export interface CdnFigures {
  readonly name: string
  /** From the answer to whoever changed a price until a reader of the cache is shown it. */
  readonly visibleMs: readonly number[]
}

const CHANGES = 40
const LIMIT_MS = 20_000
/** A copy that nobody purges would be shown for 5,000. */
const PAUSE_MS = 2

/** A shop behind a shared cache that has a copy at each change. */
export async function measureCdn(
  startCache: (options: SharedCacheOptions) => Promise<SharedCache>,
  postgres: TestPostgres,
): Promise<CdnFigures> {
  const port = await findFreePort()
  await using cache = await startCache({ origin: `http://127.0.0.1:${port}` })
  const environment = { PORT: String(port), CDN_PURGE_URL: cache.purgeUrl, TRUST_PROXY: '1' }
  await using shop = await startBenchShop({ postgres, name: 'behind', environment })
  const url = `${cache.url}/api/v2/products/9`
  const headers = await logInAdmin(shop.url)
  const visibleMs: number[] = []
  for (let change = 0; change < CHANGES; change++) {
    await until(async () => (await fetch(url)).headers.get('cache-status')?.endsWith('; hit') ?? false)
    const price = { amountMinor: 100_000 + change, currency: 'USD' }
    await fetch(url, { method: 'PUT', headers, body: JSON.stringify({ name: 'Changing', price }) })
    const changedAtMs = performance.now()
    await until(async () => {
      const { data } = (await (await fetch(url)).json()) as { data: { price: { amountMinor: number } } }
      return data.price.amountMinor === price.amountMinor
    })
    visibleMs.push(performance.now() - changedAtMs)
  }
  return { name: cache.name, visibleMs: visibleMs.toSorted((a, b) => a - b) }
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const endAtMs = performance.now() + LIMIT_MS
  while (!(await isTrue())) {
    if (performance.now() > endAtMs) throw new Error(`not within ${LIMIT_MS} ms`)
    await systemClock.sleep(PAUSE_MS)
  }
}
