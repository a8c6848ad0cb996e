import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startTestNats } from 'banyan/testing'
import { runSteps } from './run-steps.ts'
import { startShop } from './running-shop.ts'
import { shellSteps } from './shell-steps.ts'

const ROOT = join(import.meta.dirname, '../..')
const PATH = 'docs/how-to/run-with-nats.md'

test('the commands of docs/how-to/run-with-nats.md show what it says', async () => {
  await using nats = await startTestNats()
  const shop = await startShop(ROOT, { NATS_URL: nats.url, BANYAN_TOPOLOGY: 'microservices' })
  try {
    const [step, ...more] = shellSteps({ path: PATH, text: readFileSync(join(ROOT, PATH), 'utf8') })
    assert.equal(more.length, 0)
    // The processes connect when they like.
    const endMs = performance.now() + 60_000
    for (let isShown = false; !isShown;) {
      const [result] = await runSteps([step!], (script) => script.replaceAll('http://127.0.0.1:8222', nats.monitorUrl))
      isShown = step!.expected!.test(result!.output)
      assert.ok(isShown || performance.now() < endMs, `within 60 s only ${result!.output}`)
    }
  } finally {
    assert.equal(await shop.stop(), 0)
  }
})
