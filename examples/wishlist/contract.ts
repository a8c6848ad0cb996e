import { defineCommand, defineContract, defineEvent, defineQuery, ProductId, user, UserId, Type } from 'banyan/contract'
import { defineErrors } from 'banyan/core'

export const MAX_WISHES = 100

export const wishlistErrors = defineErrors('wishlist', {
  FULL: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'The wishlist holds {count} products, at most {limit} are allowed. Remove one first.',
  },
})

const Wishlist = Type.Object({ userId: UserId, productIds: Type.Array(ProductId) }, { title: 'Wishlist' })
const ofUser = user({ owner: ({ userId }) => userId, roles: ['admin'] })

/** What the service promises. Routes, validation, types and OpenAPI come from this. */
export const wishlist = defineContract({
  name: 'wishlist',
  errors: wishlistErrors,
  operations: {
    getWishlist: defineQuery({
      summary: 'What a user wishes for, oldest wish first.',
      http: 'GET /users/:userId/wishlist',
      input: Type.Object({ userId: UserId }),
      output: Wishlist,
      access: ofUser,
    }),
    addWish: defineCommand({
      summary: 'Adds a product to a wishlist; one that is on it stays where it is.',
      http: 'POST /users/:userId/wishlist',
      input: Type.Object({ userId: UserId, productId: ProductId }),
      output: Wishlist,
      errors: [wishlistErrors.FULL],
      access: ofUser,
      shardKey: ({ userId }) => userId,
    }),
  },
  events: { 'wish-added.v1': defineEvent(Type.Object({ userId: UserId, productId: ProductId })) },
})
