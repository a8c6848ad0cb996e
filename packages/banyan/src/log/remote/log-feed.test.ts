import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCall } from '../../contract/index.ts'
import { systemClock as clock } from '../../core/index.ts'
import { createLogFeed } from './log-feed.ts'
import type { LocalLogSource } from '../local/source.ts'

const quiet: Pick<LocalLogSource, 'log' | 'read' | 'watermark' | 'onAppend' | 'countUpTo'> = {
  log: { producer: 'orders', shard: 0, epoch: 1 },
  read: async () => [],
  watermark: async () => 0,
  onAppend: () => () => undefined,
  countUpTo: async () => 0,
}
const input = { log: 'orders/0/1', after: 0, limit: 10, waitMs: 10_000 }

test('whoever waits for an event is answered at once when the process drains, and nobody waits any more', async () => {
  const ending = new AbortController()
  const feed = createLogFeed({ source: quiet, clock, ending: ending.signal })
  const call = createCall({ clock, timeoutMs: 10_000 })
  const beganAtMs = clock.monotonicMs()
  const waiting = feed.readEvents(input, call)
  ending.abort()
  assert.deepEqual((await waiting).data, { events: [] })
  assert.deepEqual((await feed.readEvents(input, call)).data, { events: [] })
  assert.ok(clock.monotonicMs() - beganAtMs < 2_000)
})
