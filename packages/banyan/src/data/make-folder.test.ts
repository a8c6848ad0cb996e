import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeFolder } from './make-folder.ts'

const named = { mode: 0o700, subject: 'BANYAN_DATA', cure: 'Choose another.' }

test('a folder is made with those above it, private, and twice is no fault', async () => {
  const root = mkdtempSync(join(tmpdir(), 'banyan-folder-'))
  try {
    const folder = join(root, 'a/b')
    await makeFolder({ ...named, folder })
    await makeFolder({ ...named, folder })
    assert.equal(statSync(folder).mode & 0o777, 0o700)
  } finally {
    rmSync(root, { recursive: true })
  }
})

test('one that cannot be made is named, with the cure', async () => {
  // The last is what Node's own `recursive` tries for ever.
  for (const folder of ['/dev/null', '/dev/null/x', ...(process.platform === 'linux' ? ['/proc/banyan/x'] : [])]) {
    await assert.rejects(makeFolder({ ...named, folder }), (error: Error) => {
      return error.message.startsWith(`BANYAN_DATA: ${folder} cannot be made: E`) && error.message.endsWith(named.cure)
    })
  }
})
