import { accept, refuse, type CommandHandler, type Decision } from 'banyan/command'
import { reply, type InputOf, type Reply } from 'banyan/contract'
import { coreErrors } from 'banyan/core'
import type { products } from '../contract.ts'
import { productErrors } from '../errors.ts'
import { matchesVersion, stockEvent } from '../catalogue/product.ts'
import type { Stock } from '../schemas.ts'
import { applyChange, availableOf, type StockBook, type StockChange, type StockLevel } from './stock-book.ts'
import { lockStockFor, type OfferedStock } from './stock-locks.ts'
import { saveStock } from './stock-writes.ts'

type Input = InputOf<typeof products.operations.setStock>
interface State extends OfferedStock {
  readonly now: string
}

export const setStock: CommandHandler<Input, Stock, State, StockChange> = {
  async load(tx, items) {
    const ids = items.map(({ input }) => input.productId)
    return { ...(await lockStockFor(tx, ids, [])), now: items[0]!.now }
  },
  decide({ book, offers }, { input, call, now }) {
    return offers.has(input.productId)
      ? decideSetStock(book, { ...input, ifMatch: call.ifMatch, now })
      : refuse(coreErrors.NOT_FOUND())
  },
  evolve: ({ book }, change) => applyChange(book, change),
  save: (tx, changes, state) => saveStock(tx, changes, state),
}

export interface StockSetting {
  readonly productId: string
  readonly onHand: number
  readonly ifMatch: string | null
  readonly now: string
}

/** Never below what open orders hold. Saying what is so already changes nothing. */
export function decideSetStock(book: StockBook, setting: StockSetting): Decision<Stock, StockChange> {
  const { productId, onHand, ifMatch, now } = setting
  const level = book.levels.get(productId)!
  if (!matchesVersion(ifMatch, 's', level.version)) return refuse(coreErrors.PRECONDITION_FAILED())
  const { reserved } = level
  if (onHand < reserved) return refuse(productErrors.STOCK_RESERVED({ productId, onHand, reserved }))
  if (onHand === level.onHand) return accept(toReply(level, now))
  const next = { ...level, onHand, version: level.version + 1, events: level.events + 1 }
  return accept(
    toReply(next, now),
    [{ kind: 'set', productId, onHand }],
    [stockEvent({ productId, onHand, version: next.events })],
  )
}

function toReply(level: StockLevel, now: string): Reply<Stock> {
  const { productId, onHand, reserved, version } = level
  return reply(
    { productId, onHand, reserved, available: availableOf(level), updatedAt: now },
    { versions: `s${version}`, changedAt: now },
  )
}
