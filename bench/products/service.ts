/**
 * What the products service does alone, without wire or gateway: `node bench/products/service.ts [seconds each]`.
 * Own server, fsync on, unix socket; server and service share the machine. Figures in README.md.
 */
import { createOwnedId, systemRandom } from 'banyan/core'
import { startTestPostgres } from 'banyan/testing'
import { productsService } from '../../packages/shop/src/products/service.ts'
import { startService, storedEvent } from '../../packages/shop/src/testing/service-fixture.ts'
import { createMeasure } from '../measure.ts'

const seconds = Number(process.argv[2] ?? 3)
const PRODUCTS = 1_000
const SALES_PER_BATCH = 128

await using postgres = await startTestPostgres({ settings: { shared_buffers: '128MB', max_wal_size: '4GB' } })
await using shop = await startService(productsService, { postgres })
const measure = createMeasure({ seconds, serverProcessId: postgres.embedded.processId })

await shop.call('seedCatalogue', {})
await Promise.all(productIds().map((productId) => shop.call('setStock', { productId, onHand: 500_000_000 })))
await shop.database.query('VACUUM ANALYZE')

for (const callers of [1, 64, 256]) await measure('getProduct', callers, () => read(anyProduct()))
await measure('getProduct, one product', 64, () => read('7'))
await measure('listProducts, 20 a page', 16, () => shop.call('listProducts', {}))
await measure('listProducts, words', 16, () => shop.call('listProducts', { search: 'brass lamp' }))
await measure('listProducts, attribute', 16, () => shop.call('listProducts', { search: 'dimmable:true' }))

const reserved: string[] = []
for (const callers of [1, 64, 256]) {
  await measure('reserveStock, 2 lines', callers, () => reserve(anyProduct(), anyProduct()))
}
await measure('reserveStock, one hot product', 256, () => reserve('7'))
await measure(`sell-reserved, ${SALES_PER_BATCH} at a time`, 1, sell)
await measure('releaseStock', 256, release)

const { data: audit } = await shop.call('audit', {})
console.log(audit.findings.flatMap(({ rows }) => rows).slice(0, 3), JSON.stringify(audit.facts))

function productIds(): string[] {
  return Array.from({ length: PRODUCTS }, (_, index) => String(index + 1))
}

function anyProduct(): string {
  return String(1 + Math.floor(Math.random() * PRODUCTS))
}

function read(productId: string) {
  return shop.call('getProduct', { productId })
}

function reserve(...productIds: readonly string[]) {
  const orderId = createOwnedId('ord', '42', systemRandom)
  reserved.push(orderId)
  return shop.call('reserveStock', {
    orderId,
    userId: '42',
    items: productIds.map((productId) => ({ productId, quantity: 1 })),
  })
}

/** The consumer's side: one batch of confirmed orders, as the platform hands it over. */
function sell() {
  const orders = reserved.splice(-SALES_PER_BATCH)
  return shop.deliver(
    'products.sell-reserved',
    orders.map((orderId) => storedEvent('orders.order-confirmed.v1', orderId, { orderId })),
  )
}

function release() {
  return shop.call('releaseStock', {
    orderId: reserved.pop() ?? createOwnedId('ord', '42', systemRandom),
    userId: '42',
  })
}
