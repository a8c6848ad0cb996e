import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startShop, type RunningShop } from './running-shop.ts'
import { runSteps } from './run-steps.ts'
import { outputPattern, shellSteps } from './shell-steps.ts'

const ROOT = join(import.meta.dirname, '../..')
const DOCUMENTS = ['README.md', 'docs/tutorial/first-order.md']

describe('documents whose commands run against a fresh shop', () => {
  let shop: RunningShop
  before(async () => void (shop = await startShop(ROOT)))
  after(async () => assert.equal(await shop?.stop(), 0))

  for (const path of DOCUMENTS) {
    test(path, async () => {
      const steps = shellSteps({ path, text: readFileSync(join(ROOT, path), 'utf8') })
      const shown = steps.filter((step) => step.expected)
      assert.ok(shown.length > 0, `${path} shows no output to compare`)
      const results = await runSteps(steps, (script) => script.replaceAll('http://127.0.0.1:3000', shop.url))
      for (const { step, output } of results) {
        if (step.expected) assert.match(output, step.expected, `${path}:${step.line} prints something else`)
      }
    })
  }

  test('a difference would be noticed', () => {
    assert.doesNotMatch('{"status":"pending"}', outputPattern('{…"status":"confirmed"…}'))
    assert.match('{"id":"a","status":"confirmed","x":1}', outputPattern('{…"status":"confirmed",…}'))
  })
})
