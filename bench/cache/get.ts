/** A hit in this process's memory beside a plain look-up in the lru-cache that it stands on: `node bench/cache/get.ts [rounds]`. */
import { LRUCache } from 'lru-cache'
import { createApplicationCache, createCachedOperation, NOTHING } from 'banyan/cache'
import { systemClock as clock, systemRandom as random } from 'banyan/core'
import { createMetrics } from 'banyan/observe'

const [rounds = 9] = process.argv.slice(2).map(Number)
const COUNT = 1_000_000
const KEYS = 1_000
const operation = createCachedOperation('products.getProduct', {
  maxAgeSeconds: 0,
  sharedMaxAgeSeconds: 0,
  tags: ({ productId }: { productId: string }) => [`product-${productId}`],
  application: { strategy: { kind: 'event', invalidatedBy: {} }, maxAgeSeconds: 3_600 },
})
const cache = createApplicationCache({ clock, random, metrics: createMetrics() })
const plain = new LRUCache<string, object>({ maxSize: 67_108_864, sizeCalculation: () => 500 })
const inputs = Array.from({ length: KEYS }, (_, index) => ({ productId: String(index) }))
const keys = inputs.map((input) => operation.keyOf(input))
for (const [index, input] of inputs.entries()) {
  const fill = async () => ({ data: Buffer.from('{}'), versions: 'p1', changedAt: null })
  await cache.load({ operation, key: keys[index]!, input, after: NOTHING, fill })
  plain.set(keys[index]!, input)
}
let found = 0
const works = {
  'lru-cache get': (at: number) => plain.get(keys[at]!),
  'hit, key known': (at: number) => cache.find({ operation, key: keys[at]!, after: NOTHING }, clock.monotonicMs()),
  'hit, key made of the input': (at: number) =>
    cache.find({ operation, key: operation.keyOf(inputs[at]!), after: NOTHING }, clock.monotonicMs()),
}
const times = Object.fromEntries(Object.keys(works).map((name) => [name, [] as number[]]))
for (let round = 0; round < rounds; round++) {
  for (const [name, work] of Object.entries(works)) times[name]!.push(measure(work))
}
if (found !== COUNT * rounds * 3) throw new Error('not every look-up found something')
for (const [name, all] of Object.entries(times)) {
  const median = all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]!
  console.log(`${name.padEnd(28)} ${median.toFixed(0)} ns`)
}

/** Nanoseconds a look-up. */
function measure(work: (at: number) => unknown): number {
  const startedMs = performance.now()
  for (let index = 0; index < COUNT; index++) if (work(index % KEYS)) found += 1
  return ((performance.now() - startedMs) * 1e6) / COUNT
}
