import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { startShop } from './running-shop.ts'
import { runSteps } from './run-steps.ts'
import { outputPattern, shellSteps } from './shell-steps.ts'

const ROOT = join(import.meta.dirname, '../..')
const DOCUMENTS = ['docs/tutorial/first-order.md', 'README.md']

describe('documents whose commands run against a fresh shop', () => {
  for (const path of DOCUMENTS) {
    test(path, async () => {
      const steps = shellSteps({ path, text: readFileSync(join(ROOT, path), 'utf8') })
      assert.ok(steps.filter((step) => step.expected).length >= 2, `${path} shows no output to compare`)
      const shop = await startShop(ROOT)
      try {
        const results = await runSteps(steps, (script) => script.replaceAll('http://127.0.0.1:3000', shop.url))
        for (const { step, output } of results) {
          if (step.expected) assert.match(output, step.expected, `${path}:${step.line} prints something else`)
        }
      } finally {
        assert.equal(await shop.stop(), 0)
      }
    })
  }

  test('a difference would be noticed', () => {
    assert.doesNotMatch('{"status":"pending"}', outputPattern('{…"status":"confirmed"…}'))
    assert.match('{"id":"a","status":"confirmed","x":1}', outputPattern('{…"status":"confirmed",…}'))
  })
})
