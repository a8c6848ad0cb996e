import type { Random } from 'banyan/core'

/** What customers do, by number and name instead of ids, so that it can be done again in another shop. */
export interface Workload {
  readonly products: readonly PlannedProduct[]
  readonly customers: number
  /** One after another. */
  readonly sequential: readonly Action[]
  /** All at once; whatever the order in which they happen, they leave the same state. */
  readonly concurrent: readonly Action[]
}

export interface PlannedProduct {
  readonly amountMinor: number
  readonly onHand: number
}

/** `order` numbers the orders of the workload; actions on an order come after it was placed. */
export type Action =
  | { readonly kind: 'browse'; readonly product: number }
  | PlaceAction
  | { readonly kind: 'cancel'; readonly order: number }
  | { readonly kind: 'refund'; readonly order: number; readonly amountMinor: number }
  /** The same key and body once more, twice at once. */
  | { readonly kind: 'repeat'; readonly order: number }
  | { readonly kind: 'restock'; readonly product: number; readonly onHand: number }

export interface PlaceAction {
  readonly kind: 'place'
  readonly order: number
  readonly customer: number
  readonly lines: readonly { readonly product: number; readonly quantity: number }[]
  readonly paymentMethod: string
  /** Asked twice at the same time with the same key. */
  readonly isTwin: boolean
}

export interface WorkloadSize {
  readonly customers: number
  readonly products: number
  readonly sequential: number
  readonly concurrent: number
}

/** How many can be sold of the product that so many want at once. */
const SCARCE = 3
const WANTED = 6
const PLENTY = 100_000

/** The same random numbers make the same workload. */
export function createWorkload(random: Random, size: WorkloadSize): Workload {
  const pick = (count: number) => Math.floor(random.unit() * count)
  const stocks = [...Array.from({ length: size.products }, () => 5 + pick(15)), PLENTY, SCARCE, 0]
  const products = stocks.map((onHand) => ({ amountMinor: 100 + pick(9_900), onHand }))
  const [plenty, scarce, shelved] = [size.products, size.products + 1, size.products + 2]
  const placed: PlaceAction[] = []

  const sequential = Array.from({ length: size.sequential }, nextAction)
  // Of one product there is plenty, of another too little: which of those who want it get it is open, how many do is not.
  const crowd = Array.from({ length: size.concurrent }, () => place([{ product: plenty, quantity: 1 + pick(4) }]))
  const rush = Array.from({ length: WANTED }, () => ({
    ...place([{ product: scarce, quantity: 1 }]),
    customer: 0,
    paymentMethod: 'pm_visa',
  }))
  return { products, customers: size.customers, sequential, concurrent: [...crowd, ...rush] }

  function nextAction(): Action {
    const dice = pick(20)
    const known = placed[pick(placed.length)]
    if (dice < 2 || (dice < 10 && !known)) return { kind: 'browse', product: pick(size.products) }
    if (known && dice < 5) return { kind: 'cancel', order: known.order }
    if (known && dice < 8) return { kind: 'refund', order: known.order, amountMinor: 1 + pick(3_000) }
    if (known && dice < 10) return { kind: 'repeat', order: known.order }
    // Never of what is sold: goods leave the shelf by an event, a moment after the order, and a count taken meanwhile differs.
    if (dice < 12) return { kind: 'restock', product: shelved, onHand: pick(20) }
    const lines = Array.from({ length: 1 + pick(2) }, () => ({ product: pick(size.products), quantity: 1 + pick(4) }))
    return place(lines)
  }

  function place(lines: PlaceAction['lines']): PlaceAction {
    const [customer, paymentMethod, isTwin] = [pick(size.customers), methodOf(pick(10)), pick(4) === 0]
    const action: PlaceAction = { kind: 'place', order: placed.length, customer, lines, paymentMethod, isTwin }
    placed.push(action)
    return action
  }
}

/** Sandbox methods by lot: most pay, some are declined, some providers fail at first or lose the answer. */
function methodOf(lot: number): string {
  return ['pm_declined', 'pm_insufficient_funds', 'pm_timeout', 'pm_error'][lot] ?? 'pm_visa'
}
