import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createSeededRandom, systemClock as clock } from '../../core/index.ts'
import { createMemoryLayer } from './memory-layer.ts'

const MAX_BYTES = 16_777_216

test('under random keys and sizes the heap stays within what is counted', () => {
  const random = createSeededRandom(4)
  const layer = createMemoryLayer<{ readonly bytes: number; readonly text: string }>({ maxBytes: MAX_BYTES, clock })
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const heap = () => {
    for (let turn = 0; turn < 4; turn++) collectGarbage() // what one finds dead another gives back
    return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
  }
  const keyOf = (id: number) => `products.listProducts search="${id}"`
  let lastId: number | null = null
  const before = heap()
  for (let index = 0; index < 60_000; index++) {
    const id = Math.floor(random.unit() * 1e9)
    lastId = id
    const place = { key: keyOf(id), tags: [`product-${id}`, 'products'] }
    const data = Buffer.from('x'.repeat(Math.floor(random.unit() * 4_000)))
    layer.noteAsked(place.key) // else full memory would not let it in
    const answer = { data, versions: null, changedAt: null }
    const ages = { ageMs: 0, freshForMs: 60_000, staleForMs: 0, fillMs: 1 }
    layer.store(layer.lease(place), { place, answer, includes: { 'products/0/1': index }, ...ages })
    const entry = layer.find(place.key)
    const text = `${id}`.padEnd(data.length, 'y')
    if (entry) layer.addView(entry, '2', { text, bytes: 1_024 + text.length })
    if (index % 1_000 === 0)
      layer.invalidate([`product-${id}`], { kind: 'event', log: 'products/0/1', position: index })
  }
  assert.ok(layer.bytes <= MAX_BYTES && layer.bytes > MAX_BYTES * 0.9, `${layer.bytes} bytes counted`)
  const used = heap() - before
  assert.ok(used < MAX_BYTES, `${used} bytes of heap for ${layer.bytes} counted, ${layer.count} entries`)
  assert.ok(layer.count > 1_000)
  assert.ok(lastId !== null && layer.find(keyOf(lastId)), 'the last is kept: others went for it')
})
