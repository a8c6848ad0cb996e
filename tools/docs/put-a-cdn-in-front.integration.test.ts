import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { findFreePort, startTestNginx, startTestVarnish } from 'banyan/testing'
import { runSteps } from './run-steps.ts'
import { startShop } from './running-shop.ts'
import { shellSteps } from './shell-steps.ts'

const ROOT = join(import.meta.dirname, '../..')
const PATH = 'docs/how-to/put-a-cdn-in-front.md'
const ADMIN_PASSWORD = 'the-admin-of-the-docs'

describe(`the commands of ${PATH} show what it says`, () => {
  for (const [name, startCache] of [
    ['Varnish', startTestVarnish],
    ['nginx', startTestNginx],
  ] as const) {
    test(`with ${name}`, async () => {
      const port = await findFreePort()
      await using cache = await startCache({ origin: `http://127.0.0.1:${port}` })
      const environment = { PORT: String(port), CDN_PURGE_URL: cache.purgeUrl, TRUST_PROXY: '1', ADMIN_PASSWORD }
      const shop = await startShop(ROOT, environment)
      try {
        const steps = shellSteps({ path: PATH, text: readFileSync(join(ROOT, PATH), 'utf8') })
        assert.equal(steps.length, 2)
        const here = (script: string) =>
          script.replaceAll('http://127.0.0.1:6081', cache.url).replaceAll('$ADMIN_PASSWORD', ADMIN_PASSWORD)
        await untilKept(`${cache.url}/api/v2/products/2`)
        for (const { step, output } of await runSteps(steps, here)) assert.match(output, step.expected!)
      } finally {
        assert.equal(await shop.stop(), 0)
      }
    })
  }
})

const QUIET_MS = 2_500

/** A first start is told to the cache, too, and twice: until then its purges may come between any two requests. */
async function untilKept(url: string): Promise<void> {
  const deadlineMs = performance.now() + 20_000
  for (let sinceMs = performance.now(); performance.now() - sinceMs < QUIET_MS;) {
    const { headers } = await fetch(url)
    const now = performance.now()
    if (!headers.get('cache-status')?.endsWith('hit')) sinceMs = now
    assert.ok(now < deadlineMs, `not kept for ${QUIET_MS} ms within 20 s`)
    await setTimeout(50)
  }
}
