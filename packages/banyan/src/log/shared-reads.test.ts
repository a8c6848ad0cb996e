import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredEvent } from './event.ts'
import { shareReads } from './shared-reads.ts'

test('readers at the same place share a read, until more is final than when it began', async () => {
  let end = 5
  const reads: PromiseWithResolvers<readonly StoredEvent[]>[] = []
  const read = shareReads(
    () => (reads.push(Promise.withResolvers()), reads.at(-1)!.promise),
    () => end,
  )
  const [first, same] = [read(3, 10), read(3, 10)]
  // Positions 4 and 5 were rolled back; 6 has become final, everybody has been told, and this one asks on that.
  end = 6
  const later = read(3, 10)
  assert.equal(reads.length, 2)
  reads[0]!.resolve([])
  reads[1]!.resolve([{ position: 6 } as StoredEvent])
  assert.deepEqual([await first, await same], [[], []])
  assert.deepEqual(
    (await later).map(({ position }) => position),
    [6],
  )
  void read(3, 10)
  assert.equal(reads.length, 3, 'what has ended is not shared')
})
