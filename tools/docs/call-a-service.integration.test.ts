import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { findFreePort } from 'banyan/testing'
import { runSteps } from './run-steps.ts'
import { startShop } from './running-shop.ts'
import { shellSteps } from './shell-steps.ts'

const ROOT = join(import.meta.dirname, '../..')
const PATH = 'docs/how-to/call-a-service-from-another-language.md'
const TOPOLOGY = 'examples/topologies/two-processes.json'

test(`the commands of ${PATH} show what it says, on the topology of the examples`, async () => {
  const port = String(await findFreePort())
  const folder = mkdtempSync(join(tmpdir(), 'banyan-docs-topology-'))
  const file = join(folder, 'two-processes.json')
  writeFileSync(file, readFileSync(join(ROOT, TOPOLOGY), 'utf8').replace('4101', port))
  try {
    const shop = await startShop(ROOT, { BANYAN_TOPOLOGY: file })
    try {
      const steps = shellSteps({ path: PATH, text: readFileSync(join(ROOT, PATH), 'utf8') })
      assert.equal(steps.length, 2)
      const environment = `export BANYAN_DATA=${shop.dataFolder} NODE_DISABLE_COMPILE_CACHE=1`
      const results = await runSteps(steps, (script) => `${environment}\n${script.replaceAll(':4101', `:${port}`)}`)
      const [, called] = results
      assert.match(called!.output, called!.step.expected!)
    } finally {
      assert.equal(await shop.stop(), 0)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
