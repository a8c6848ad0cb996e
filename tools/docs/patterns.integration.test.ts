import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { parsePatterns } from './patterns.ts'
import { startShop, type RunningShop } from './running-shop.ts'

const ROOT = join(import.meta.dirname, '../..')
const rows = parsePatterns(readFileSync(join(ROOT, 'docs/patterns.md'), 'utf8'))
const commands = [...new Set(rows.map((row) => row.command))]

describe('docs/patterns.md', () => {
  test('has rows, and each names places that exist and a trade-off', () => {
    assert.ok(rows.length >= 30, `${rows.length} rows`)
    for (const { pattern, places, tradeOff } of rows) {
      assert.ok(tradeOff.length > 0 && places.length > 0, pattern)
      for (const place of places)
        assert.ok(existsSync(join(ROOT, 'docs', place)), `${pattern}: ${place} does not exist`)
    }
  })

  test('names only test files that npm test runs', () => {
    for (const command of commands.filter((one) => one.startsWith('node --test '))) {
      assert.ok(existsSync(join(ROOT, command.slice('node --test '.length))), command)
    }
  })

  test('a command that fails would be noticed', async () => {
    await assert.rejects(run('bash examples/patterns/envelope.sh', { URL: 'http://127.0.0.1:1' }))
  })

  describe('commands against a running shop', () => {
    let shop: RunningShop
    before(async () => void (shop = await startShop(ROOT)))
    after(async () => assert.equal(await shop?.stop(), 0))

    // Test files are run by npm test itself; running them here once more would only take time.
    for (const command of commands.filter((one) => !one.startsWith('node --test '))) {
      test(command, async () => {
        const output = await run(command, { URL: shop.url, BANYAN_DATA: shop.dataFolder })
        assert.ok(output.length > 0, 'it shows nothing')
      })
    }
  })
})

async function run(command: string, environment: Record<string, string>): Promise<string> {
  const { stdout } = await promisify(execFile)('bash', ['-c', command], {
    cwd: ROOT,
    // npx would keep compiled code in the temp folder, where nothing may be left behind.
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1', ...environment },
    maxBuffer: 16 << 20,
  })
  return stdout
}
