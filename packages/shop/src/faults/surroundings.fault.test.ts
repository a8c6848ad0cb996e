import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ChaosReport } from 'banyan/chaos'
import { BANYAN } from './testing/shop-child.ts'

const isRoot = process.platform === 'linux' && process.getuid?.() === 0

// Where nobody may mount a disk its fault is not planned: all others find a way that is allowed.
const FAULTS = { memory: 1, clock: 1, partition: 1, ...(isRoot ? { disk: 1 } : {}) }

test('a shop whose memory, clock, network and disk fail: every order ends once, and the audit finds nothing', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-surroundings-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'report.json')
  const faults = Object.entries(FAULTS).map(([kind, count]) => `${kind}=${count}`)
  const args = [
    'chaos',
    '--seed',
    '11',
    '--orders',
    '400',
    '--at-once',
    '24',
    '--faults',
    faults.join(),
    '--report',
    file,
  ]
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, [BANYAN, ...args, '--topology', 'monolith'], (_, stdout, stderr) =>
      resolve(stdout + stderr),
    )
  })
  const report = JSON.parse(await readFile(file, 'utf8').catch(() => assert.fail(output))) as ChaosReport
  assert.deepEqual(report.complaints, [], output)
  assert.deepEqual(report.faults, FAULTS)
  for (const { invariant, verdict } of report.audit) assert.equal(verdict, 'holds', invariant)
})
