import { defineContract, defineQuery, Price, ProductId, Timestamp, user, UserId, Type } from 'banyan/contract'
import { defineProductRead } from '../product-read.ts'

const Product = Type.Object({ id: ProductId, name: Type.String(), price: Price, updatedAt: Timestamp })

/** One public read, as small as they come, so that what is measured is the way to it. */
export const products = defineContract({
  name: 'products',
  operations: { getProduct: defineProductRead(Product) },
})

/** The same read for nobody but its owner beside it: what a token costs. */
export const ownedProducts = defineContract({
  name: 'products',
  operations: {
    ...products.operations,
    getOwnProduct: defineQuery({
      summary: 'One product, for its owner.',
      http: 'GET /users/:userId/products/:productId',
      input: Type.Object({ userId: UserId, productId: ProductId }),
      output: Product,
      access: user({ owner: ({ userId }) => userId }),
    }),
  },
})

export const SECRET = Buffer.alloc(32, 7)
