import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
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
        const show = async () => {
          for (const { step, output } of await runSteps(steps, here)) assert.match(output, step.expected!)
        }
        // A first start is told to the cache, too, twice: its purges may come between two of these requests.
        await show().catch(show)
      } finally {
        assert.equal(await shop.stop(), 0)
      }
    })
  }
})
