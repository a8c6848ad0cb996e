import { command, query } from 'banyan/command'
import { reply } from 'banyan/contract'
import { defineService } from 'banyan/runtime'
import { addWish } from './add-wish.ts'
import { wishlist } from './contract.ts'
import { readWishes } from './store.ts'

/** The compiler names the operation of the contract that has no handler. */
export const wishlistService = defineService({
  contract: wishlist,
  migrations: new URL('./migrations/', import.meta.url),
  create: ({ shards }) => ({
    handlers: {
      getWishlist: query(async ({ userId }) => {
        const wishes = await readWishes(shards.shard(userId), userId)
        return reply({ userId, productIds: wishes.map((wish) => wish.productId) })
      }),
      addWish: command(addWish),
    },
  }),
})
