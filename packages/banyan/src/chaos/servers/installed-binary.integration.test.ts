import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { tmpdir } from 'node:os'

const isRootOnDebian = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')

describe(
  'a server that is not installed',
  { skip: isRootOnDebian ? false : 'it is installed by root on Debian' },
  () => {
    it('is installed by one process at a time, which leaves nothing behind', async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'banyan-apt-'))
      t.after(() => rmSync(folder, { recursive: true }))
      const aptGet = [
        '#!/bin/sh',
        `mkdir ${folder}/busy || exit 100`,
        'sleep 0.2',
        `touch "${folder}/$4"`,
        `rmdir ${folder}/busy`,
      ]
      writeFileSync(join(folder, 'apt-get'), aptGet.join('\n'), { mode: 0o755 })
      const find = (name: string) => findInProcess(folder, name)
      assert.deepEqual(await Promise.all([find('birch'), find('cedar')]), [
        join(folder, 'birch'),
        join(folder, 'cedar'),
      ])
      assert.deepEqual([readdirSync(join(folder, 'birch.tmp')), readdirSync(join(folder, 'cedar.tmp'))], [[], []])
    })
  },
)

const FIND = `
  const [, module, name] = process.argv
  const { findBinary } = await import(module)
  process.stdout.write(findBinary(name, [name], process.env))`

/** In a process of its own, with temp files of its own, as test files run. */
async function findInProcess(folder: string, name: string): Promise<string> {
  const TMPDIR = join(folder, `${name}.tmp`)
  mkdirSync(TMPDIR)
  const PATH = `${folder}:/usr/bin:/bin`
  const args = ['--input-type=module', '--eval', FIND, new URL('installed-binary.ts', import.meta.url).href, name]
  return (await promisify(execFile)(process.execPath, args, { env: { TMPDIR, PATH } })).stdout
}
