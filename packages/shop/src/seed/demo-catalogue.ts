import type { Department, Kind } from './department.ts'
import { audio } from './departments/audio.ts'
import { fitness } from './departments/fitness.ts'
import { garden } from './departments/garden.ts'
import { kitchen } from './departments/kitchen.ts'
import { lighting } from './departments/lighting.ts'
import { office } from './departments/office.ts'
import { outdoor } from './departments/outdoor.ts'
import { textiles } from './departments/textiles.ts'
import { travel } from './departments/travel.ts'
import { workshop } from './departments/workshop.ts'

/** A product as the shop would be given it, with the stock it begins with. */
export interface DemoProduct {
  readonly name: string
  readonly description: string
  readonly category: string
  readonly price: { readonly amountMinor: number; readonly currency: 'USD' }
  readonly attributes: Readonly<Record<string, unknown>>
  readonly onHand: number
}

const DEPARTMENTS = [kitchen, office, audio, lighting, outdoor, travel, textiles, garden, fitness, workshop]
const VARIANTS = 10

/**
 * The demo shop's 1,000 products: ten departments of ten kinds in ten variants. Always the same, so that a test, a
 * tutorial and a screenshot can name one. Variants come first, so that the first page shows every department.
 */
export function demoCatalogue(): readonly DemoProduct[] {
  const kinds = Math.max(...DEPARTMENTS.map((department) => department.kinds.length))
  return range(VARIANTS).flatMap((variant) =>
    range(kinds).flatMap((kind) =>
      DEPARTMENTS.map((department) => toProduct(department, department.kinds[kind]!, { variant, kind })),
    ),
  )
}

interface Place {
  readonly variant: number
  readonly kind: number
}

function toProduct(department: Department, kind: Kind, { variant, kind: row }: Place): DemoProduct {
  const brand = pick(department.brands, variant + row)
  const finish = pick(kind.finishes ?? department.finishes, variant * 3 + row)
  return {
    name: `${brand} ${kind.noun}, ${finish}`,
    description: `${pick(kind.says, variant)} ${pick(department.closings, variant + row)}`,
    category: department.category,
    price: { amountMinor: priceOf(kind, variant), currency: 'USD' },
    attributes: { brand, finish, ...attributesOf(kind, variant) },
    onHand: 50 + ((variant * 37 + row * 101) % 450),
  }
}

function attributesOf(kind: Kind, variant: number): Record<string, unknown> {
  const entries = Object.entries(kind.attributes)
  return Object.fromEntries(entries.map(([name, values], index) => [name, pick(values, variant + index)]))
}

const ENDINGS_MINOR = [0, 50, 90, 95]

/** Spread evenly from the plainest variant to the dearest, with the endings that price tags have. */
function priceOf({ dollars: [from, to] }: Kind, variant: number): number {
  const dollars = from + Math.round(((to - from) * ((variant * 7) % VARIANTS)) / (VARIANTS - 1))
  return dollars * 100 + pick(ENDINGS_MINOR, variant + dollars)
}

function pick<Item>(items: readonly Item[], index: number): Item {
  return items[index % items.length]!
}

function range(length: number): readonly number[] {
  return Array.from({ length }, (_, index) => index)
}
