// Runs before `npm test`, on whatever Node the machine has: plain JavaScript, says what is missing and how to get it.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_MAJOR = 24
const modules = fileURLToPath(new URL('../node_modules/', import.meta.url))

const missing = ['node', 'tsc', 'oxlint', 'oxfmt'].filter((name) => !existsSync(join(modules, '.bin', name)))
if (missing.length > 0) {
  fail(`${missing.join(', ')} not installed. Run: npm ci`)
} else {
  const { stdout } = spawnSync(join(modules, '.bin/node'), ['--version'], { encoding: 'utf8' })
  const major = Number(/^v(\d+)/.exec(stdout ?? '')?.[1] ?? 0)
  if (major < NODE_MAJOR) {
    fail(
      `the project's own Node ${NODE_MAJOR} is not there (found ${stdout?.trim() || 'none'}): its install script did not run. Run: npm rebuild node`,
    )
  }
}

function fail(what) {
  console.error(`Cannot run the tests: ${what}`)
  process.exitCode = 1
}
