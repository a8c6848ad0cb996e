import { accept, refuse, type CommandHandler, type Decision } from 'banyan/command'
import { reply, type InputOf, type OutputOf } from 'banyan/contract'
import { MAX_WISHES, wishlistErrors, type wishlist } from './contract.ts'
import { insertWishes, lockWishes, type Wish } from './store.ts'

type Input = InputOf<typeof wishlist.operations.addWish>
type Output = OutputOf<typeof wishlist.operations.addWish>

/** The wishlists of a batch's users, by user id. */
type State = Map<string, readonly Wish[]>

/** Runs over a whole batch of commands in one transaction; a single call is a batch of one. */
export const addWish: CommandHandler<Input, Output, State, Wish> = {
  async load(tx, items) {
    const wishes = await lockWishes(tx, [...new Set(items.map(({ input }) => input.userId))])
    return Map.groupBy(wishes, (wish) => wish.userId)
  },
  decide: (state, { input }) => decideAddWish(state.get(input.userId) ?? [], input),
  evolve: (state, wish) => void state.set(wish.userId, [...(state.get(wish.userId) ?? []), wish]),
  save: (tx, wishes) => insertWishes(tx, wishes),
}

/** Pure: everything it needs is handed in, so it is tested without a database. */
export function decideAddWish(wishes: readonly Wish[], { userId, productId }: Input): Decision<Output, Wish> {
  const productIds = wishes.map((wish) => wish.productId)
  if (productIds.includes(productId)) return accept(reply({ userId, productIds }))
  if (wishes.length >= MAX_WISHES) return refuse(wishlistErrors.FULL({ count: wishes.length, limit: MAX_WISHES }))
  const wish = { userId, productId, number: wishes.length + 1 }
  return accept(
    reply({ userId, productIds: [...productIds, productId] }),
    [wish],
    [{ type: 'wishlist.wish-added.v1', aggregateId: userId, version: wish.number, payload: { userId, productId } }],
  )
}
