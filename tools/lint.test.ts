import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { plant } from './walls/planted.ts'

const ROOT = join(import.meta.dirname, '..')

const PLANTED = `import { Type } from 'typebox'
import { b } from './b.ts'
export async function wait(): Promise<void> {
  setTimeout(() => b, 5)
  wait()
  Date.now()
  Math.random()
  console.log(process.env.X)
  try {
    await b()
  } catch {}
}
export default wait(Type)
export const many = (a: number, c: number, d: any, e: number) => a + c + d + e
export function deep(a: number): number {
  while (a > 1) {
    while (a > 2) {
      while (a > 3) {
        while (a > 4) {
          return a
        }
      }
    }
  }
  throw 'text'
}
export function long() {
${'  void 0\n'.repeat(70)}}
`

const EXPECTED = [
  'import(no-cycle)',
  'import(no-default-export)',
  'eslint(no-restricted-imports)',
  'eslint(no-restricted-globals)',
  'eslint(no-restricted-properties)',
  'eslint(no-console)',
  'eslint(no-empty)',
  'eslint(max-params)',
  'eslint(max-depth)',
  'eslint(max-lines)',
  'eslint(max-lines-per-function)',
  'typescript(no-explicit-any)',
  'typescript(no-floating-promises)',
  'typescript(only-throw-error)',
]

test('the linter reports every planted fault, and says the cure for banned globals', () => {
  using tree = plant({
    'packages/a.ts': PLANTED,
    'packages/b.ts': `import { wait } from './a.ts'\nexport const b = () => wait()\n${'// x\n'.repeat(400)}`,
    'tsconfig.json': '{"compilerOptions":{"module":"NodeNext","allowImportingTsExtensions":true,"noEmit":true}}',
  })
  const options = ['-c', join(ROOT, '.oxlintrc.json'), '-f', 'unix', 'packages']
  const { stdout, status } = spawnSync(join(ROOT, 'node_modules/.bin/oxlint'), options, {
    cwd: tree.root,
    encoding: 'utf8',
  })
  const missing = EXPECTED.filter((rule) => !stdout.includes(rule))
  assert.deepEqual(missing, [], stdout)
  assert.match(stdout, /clock\.sleep or clock\.schedule/)
  assert.equal(status, 1)
})
