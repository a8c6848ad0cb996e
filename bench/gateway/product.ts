import {
  anyone,
  createVersions,
  defineContract,
  defineQuery,
  dollarsInVersion1,
  Price,
  reply,
  Type,
} from 'banyan/contract'
import { ProductId, Timestamp, type Wire } from 'banyan/contract'

/** One read as small as they come, so that what is measured is the gateway. */
export const products = defineContract({
  name: 'products',
  operations: {
    getProduct: defineQuery({
      summary: 'One product.',
      http: 'GET /products/:productId',
      input: Type.Object({ productId: ProductId }),
      output: Type.Object({ id: ProductId, name: Type.String(), price: Price, updatedAt: Timestamp }),
      access: anyone,
      cache: { maxAgeSeconds: 0, sharedMaxAgeSeconds: 5, tags: ({ productId }) => [`product-${productId}`] },
    }),
  },
})

export const product = {
  id: '1001',
  name: 'A tree',
  price: { amountMinor: 1_999, currency: 'USD' },
  updatedAt: '2026-01-15T10:30:00.000Z',
} as const

/** Stands for the services and answers at once. */
export const memoryWire: Wire = {
  async call() {
    return reply(product, { versions: 'p17.s903', changedAt: product.updatedAt })
  },
}

export const versions = createVersions({ current: 2, default: 1, transforms: [dollarsInVersion1] })
