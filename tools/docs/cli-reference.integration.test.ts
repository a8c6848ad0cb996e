import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { runSteps } from './run-steps.ts'
import { startShop, type RunningShop } from './running-shop.ts'
import { shellSteps } from './shell-steps.ts'

const ROOT = join(import.meta.dirname, '../..')
const PATH = 'docs/reference/cli.md'

describe('the command line beside a fresh shop', () => {
  let shop: RunningShop
  before(async () => void (shop = await startShop(ROOT)))
  after(async () => assert.equal(await shop?.stop(), 0))

  test('the three commands that a start shows can be pasted', async () => {
    const shown = [...shop.greeting.matchAll(/^ {2}(.*)$/gm)].map((match) => match[1]!)
    assert.equal(shown.length, 3)
    const steps = shown.map((script) => ({ line: 0, script, expected: null }))
    const outputs = (await runSteps(steps, (script) => script)).map(({ output }) => output)
    assert.match(outputs[1]!, /"status":"confirmed"/)
    assert.match(outputs[2]!, /"orders\.order-confirmed\.v1".*"checkout: completed"/)
  })

  test(PATH, async () => {
    const steps = shellSteps({ path: PATH, text: readFileSync(join(ROOT, PATH), 'utf8') })
    assert.ok(steps.length >= 7, `only ${steps.length} examples`)
    const backups = join(shop.dataFolder, 'backups')
    const results = await runSteps(steps, (script) =>
      `export BANYAN_DATA='${shop.dataFolder}' PORT=${new URL(shop.url).port}\n${script}`
        .replaceAll('npx banyan', join(ROOT, 'node_modules/.bin/banyan'))
        .replaceAll('/backups', backups),
    )
    for (const { step, output } of results) {
      assert.ok(step.expected, `${PATH}:${step.line} shows no output`)
      assert.match(output.replaceAll(backups, '/backups'), step.expected, `${PATH}:${step.line} prints something else`)
    }
  })
})
