import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toStartError } from './data-folder.ts'
import type { Placement } from './placement.ts'

const place = { home: '/', data: '/data', log: '/data.log', user: null } as unknown as Placement

test('a start that failed says why, not what was cleaned up after it', async () => {
  const log = [
    'performing post-bootstrap initialization ... sh: 1: cannot create /dev/full: Permission denied',
    'child process exited with exit code 2',
    'initdb: removing data directory "/data"',
  ].join('\n')
  assert.match((await toStartError(place, log)).message, /did not start in \/data: .*Permission denied\./)
  assert.match((await toStartError(place, 'what nobody foresaw\n')).message, /: what nobody foresaw\./)
})
