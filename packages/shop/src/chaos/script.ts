import { createSeededRandom } from 'banyan/core'
import type { WorkloadTools } from 'banyan/runtime'

/** What one customer does in one visit: decided before anything happens, so that a seed tells the same story again. */
export interface PlannedVisit {
  /** Which of the customers, counted round. */
  readonly customer: number
  /** Registers first, and buys as who registered. */
  readonly signsUp: boolean
  readonly looksAt: readonly string[]
  readonly lines: readonly { readonly productId: string; readonly quantity: number }[]
  readonly paymentMethod: string
  /** The same request twice at the same time. */
  readonly clicksTwice: boolean
  /** The same request again after its answer. */
  readonly repeats: boolean
  /** An admin gives a part back. */
  readonly isRefunded: boolean
  readonly cancels: boolean
}

/** What a run of visits consists of. */
export interface Script {
  /** Units on sale before the first visit, by product. */
  readonly stock: ReadonlyMap<string, number>
  /** Of these there is less than is wanted: they are sold out some way into the run, and must be to the last one. */
  readonly scarce: ReadonlySet<string>
  /** The same for the same number, always. */
  readonly visit: (index: number) => PlannedVisit
}

/** Forty products, four of them scarce; cards that are declined, answers that get lost; every fifth order is cancelled. */
export function writeScript({ seed, visits }: Pick<WorkloadTools, 'seed' | 'visits'>): Script {
  const unitsOf = (productId: string) => (SCARCE.has(productId) ? Math.max(1, Math.ceil(visits * 0.03)) : visits * 4)
  return {
    stock: new Map(PRODUCTS.map((productId) => [productId, unitsOf(productId)])),
    scarce: SCARCE,
    visit: (index) => planVisit(index, { seed, visits }),
  }
}

const PRODUCTS: readonly string[] = Array.from({ length: 40 }, (_, index) => String(index + 1))
const SCARCE: ReadonlySet<string> = new Set(PRODUCTS.slice(0, 4))

function planVisit(index: number, { seed, visits }: Pick<WorkloadTools, 'seed' | 'visits'>): PlannedVisit {
  const random = createSeededRandom(seed * 1_000_003 + index)
  const chance = (share: number) => random.unit() < share
  const lines = pickProducts(1 + Math.floor(random.unit() * 3)).map((productId) => ({
    productId,
    quantity: 1 + Math.floor(random.unit() * 3),
  }))
  // Near the end nothing scarce is given back: nobody would come to buy it.
  const mayCancel = index < visits * 0.9 || !lines.some(({ productId }) => SCARCE.has(productId))
  return {
    customer: Math.floor(random.unit() * 1_000),
    signsUp: chance(0.01),
    looksAt: chance(0.4) ? pickProducts(1) : [],
    lines,
    paymentMethod: METHODS[Math.floor(random.unit() * METHODS.length)]!,
    clicksTwice: chance(0.1),
    repeats: chance(0.05),
    isRefunded: chance(0.05),
    cancels: chance(0.2) && mayCancel,
  }

  function pickProducts(count: number): string[] {
    const picked = new Set<string>()
    while (picked.size < count) picked.add(PRODUCTS[Math.floor(random.unit() * PRODUCTS.length)]!)
    return [...picked]
  }
}

/** Of eight one is declined, one loses its answer after the charge, one fails twice before it works. */
const METHODS = ['pm_visa', 'pm_visa', 'pm_visa', 'pm_visa', 'pm_visa', 'pm_declined', 'pm_timeout', 'pm_error']
