import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { makeTempFolder, mayExecute } from './temp-folder.ts'

const wished = mkdtempSync(join(tmpdir(), 'wished-'))
const before = process.env.TMPDIR
after(() => {
  if (before === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = before
  rmSync(wished, { recursive: true })
})

test('TMPDIR is obeyed, and every user may enter', () => {
  process.env.TMPDIR = wished
  const folder = makeTempFolder()
  assert.equal(dirname(folder), wished)
  assert.equal(statSync(folder).mode & 0o7777, 0o1777)
})

test('memory is used only where programs may be started from it', () => {
  const mounts = (options: string) => `tmpfs /dev tmpfs rw,noexec 0 0\ntmpfs /dev/shm tmpfs ${options} 0 0\n`
  assert.equal(mayExecute(mounts('rw,nosuid,nodev')), true)
  assert.equal(mayExecute(mounts('rw,nosuid,nodev,noexec')), false)
  assert.equal(mayExecute('ext4 / ext4 rw 0 0\n'), false, 'no such mount')
})
