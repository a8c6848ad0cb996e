import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The real shop is started by each `npm ci`; here a command in its place tells what it was given. */
describe('compiling ahead, at the end of npm ci', () => {
  let root = ''
  let heard = ''
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'banyan-install-'))
    heard = join(root, 'heard')
    for (const folder of ['tools', 'node_modules/.bin']) await mkdir(join(root, folder), { recursive: true })
    await copyFile(join(import.meta.dirname, 'compile-ahead.js'), join(root, 'tools/compile-ahead.js'))
  })
  afterEach(() => rm(root, { recursive: true, force: true }))

  test('the shop is started in a folder of its own, with no setting of the environment, and ended when it is ready', async () => {
    await putBanyan(
      `env > ${heard}; mkdir $BANYAN_DATA/postgres; trap 'echo ended >> ${heard}; exit 0' TERM; mkdir -p node_modules/.cache/compiled; echo "ready http://x"; while :; do sleep 0.05; done`,
    )
    const { stdout } = await install({ DATABASE_URL: 'postgres://production', NODE_ENV: 'production' })
    assert.equal(stdout, 'Compiled ahead for the first start.\n')
    const told = await readFile(heard, 'utf8')
    assert.match(told, /^ended$/m)
    assert.doesNotMatch(told, /production/)
    const folder = /^BANYAN_DATA=(.*)$/m.exec(told)![1]!
    await assert.rejects(readFile(folder), { code: 'ENOENT' })
  })

  test('a shop that does not start fails no install, and leaves no part of what it compiled', async () => {
    await putBanyan('mkdir -p node_modules/.cache/compiled; exit 1')
    const { stdout } = await install()
    assert.ok(!existsSync(join(root, 'node_modules/.cache/compiled')))
    assert.equal(
      stdout,
      'Nothing is compiled ahead, the first start does it: the shop did not start, `npm start` says why.\n',
    )
  })

  test('nor does one that cannot keep what it compiled', async () => {
    await putBanyan('echo "ready http://x"')
    assert.match((await install()).stdout, /^Nothing is compiled ahead, .*compiled cannot be written\.$/m)
  })

  test('nor does a temp folder that is not there', async () => {
    await putBanyan('exit 1')
    const { stdout } = await install({ TMPDIR: join(root, 'gone') })
    assert.match(stdout, /^Nothing is compiled ahead, the first start does it: ENOENT/)
  })

  test('one that does not end when it is told to is killed', async () => {
    await putBanyan(`trap '' TERM; mkdir -p node_modules/.cache/compiled; echo "ready http://x"; exec sleep 60`)
    assert.equal((await install()).stdout, 'Compiled ahead for the first start.\n')
  })

  test('what is compiled is not compiled again', async () => {
    await putBanyan(`touch ${heard}`)
    await mkdir(join(root, 'node_modules/.cache/compiled'), { recursive: true })
    assert.equal((await install()).stdout, '')
    await assert.rejects(readFile(heard), { code: 'ENOENT' })
  })

  async function putBanyan(script: string): Promise<void> {
    const path = join(root, 'node_modules/.bin/banyan')
    await writeFile(path, `#!/bin/sh\n${script}\n`)
    await chmod(path, 0o755)
  }
  const install = (environment: Record<string, string> = {}) =>
    run(process.execPath, [join(root, 'tools/compile-ahead.js')], { env: { ...process.env, ...environment } })
})
