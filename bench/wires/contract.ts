import { anyone, createVersions, defineContract, defineQuery, dollarsInVersion1, Price } from 'banyan/contract'
import { ProductId, Timestamp } from 'banyan/contract'
import { Type } from 'typebox'

/** One public read, as small as they come, so that what is measured is the way to it. */
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

export const versions = createVersions({ current: 2, default: 1, transforms: [dollarsInVersion1] })

export const SECRET = Buffer.alloc(32, 7)
