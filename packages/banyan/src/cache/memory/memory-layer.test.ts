import { systemClock } from '../../core/index.ts'
import { cacheLayerSuite } from '../../testing/index.ts'
import { createMemoryLayer } from './memory-layer.ts'

cacheLayerSuite('memory', async () => ({
  layer: createMemoryLayer({ maxBytes: 1_048_576, clock: systemClock }),
  stop: async () => undefined,
}))

// Changes are folded together at once: that may refuse more, and must never refuse less.
cacheLayerSuite('memory that remembers few changes', async () => ({
  layer: createMemoryLayer({ maxBytes: 1_048_576, clock: systemClock, maxTombstones: 2 }),
  stop: async () => undefined,
}))
