/** A gateway that keeps at most so many bytes of answers of any size, no two alike: `node bench/cache/serve-memory.ts <bytes>`. */
import { createHash } from 'node:crypto'
import { createApplicationCache } from 'banyan/cache'
import { reply, type Wire } from 'banyan/contract'
import { systemClock as clock, systemRandom as random } from 'banyan/core'
import { type View } from 'banyan/gateway'
import { createMetrics } from 'banyan/observe'
import { versions } from '../product-read.ts'
import { openGateway } from '../production-gateway.ts'
import { product, products } from './contract.ts'

const [maxBytes = 67_108_864] = process.argv.slice(2).map(Number)
const MAX_TEXT = 8_000

/** The size of an answer is drawn from its id, so that it is the same when it is read again. */
const wire: Wire = {
  async call(_, input) {
    const { productId: id } = input as { productId: string }
    const draw = createHash('sha256').update(id).digest()
    const description = draw
      .toString('hex')
      .repeat(128)
      .slice(0, (draw.readUInt16BE(0) * MAX_TEXT) >> 16)
    return reply({ ...product, id, description }, { versions: `p1.s${id}`, changedAt: product.updatedAt })
  },
}
const metrics = createMetrics()
const cache = createApplicationCache<View>({ clock, random, metrics, maxBytes })
console.log((await openGateway({ contracts: [products], wire, versions, metrics, cache })).url)

process.on('message', () => {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  process.send!({ rss, heapUsed, arrayBuffers, keptBytes: cache.memory.bytes, entries: cache.memory.count })
})
