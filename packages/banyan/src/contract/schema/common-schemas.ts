import type { TSchema } from 'typebox'
import { Type } from '../../core/index.ts'

/** Below ten billion dollars: 12 digits, so that version 1's JSON number keeps every cent (a double has 15). */
export const MAX_AMOUNT_MINOR = 999_999_999_999

/** Money in integer minor units (cents). Zero is a value (nothing refunded yet); a price is a `Price`. */
export const Money = moneySchema('Money', 0)

/** What something costs: at least one minor unit. */
export const Price = moneySchema('Price', 1)

/** Version 1's money: US dollars as a JSON number with two decimals. */
export const MoneyV1 = dollarsSchema('MoneyV1', 0)

/** Version 1's price: US dollars as a JSON number with two decimals, at least one cent. */
export const PriceV1 = dollarsSchema('PriceV1', 0.01)

/** A user's id: a decimal counting from 1. 18 digits, so that every valid one fits a PostgreSQL bigint. */
export const UserId = Type.String({ pattern: '^[1-9][0-9]{0,17}$', description: 'A user id.', examples: ['42'] })

export const ProductId = Type.String({
  pattern: '^[A-Za-z0-9_-]{1,64}$',
  description: 'A product id.',
  examples: ['1001'],
})

/** `ord_<user>_<16 base 32>`: see `createOwnedId`. */
export const OrderId = ownedIdSchema('ord', 'An order id.')

/** `pay_<user>_<16 base 32>`: the same random part as its order's. */
export const PaymentId = ownedIdSchema('pay', 'A payment id.')

/** Any address with one `@` and a dotted domain. Space around it is let through: the service trims and lowers case. */
export const Email = Type.String({
  minLength: 6,
  maxLength: 254,
  pattern:
    '^\\s*[^\\s@"<>(),;:\\\\]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]\\s*$',
  description: 'An e-mail address.',
  examples: ['ada@example.com'],
})

/** UTC, ISO 8601 with milliseconds: `2026-01-15T10:30:00.000Z`. */
export const Timestamp = Type.String({
  format: 'date-time',
  description: 'UTC, ISO 8601 with milliseconds.',
  examples: ['2026-01-15T10:30:00.000Z'],
})

export const DEFAULT_PAGE_LIMIT = 20
export const MAX_PAGE_LIMIT = 100

/** The fields of every list's input, to be spread into it. An absent `limit` means `DEFAULT_PAGE_LIMIT`. */
export const PageQuery = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_PAGE_LIMIT,
      description: `Items a page; ${DEFAULT_PAGE_LIMIT} when absent.`,
    }),
  ),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 512, description: '`meta.page.nextCursor` of the page before.' }),
  ),
}

const PAGE_MARK = 'x-banyan-page'

/** A page of a list in code; on the REST wire `items` is `data` and `nextCursor` is in `meta.page`. */
export function pageOf<Item extends TSchema>(item: Item) {
  return Type.Object(
    { items: Type.Array(item), nextCursor: Type.Union([Type.String(), Type.Null()]) },
    { [PAGE_MARK]: true },
  )
}

/** True for what `pageOf` made. */
export function isPage(schema: TSchema): boolean {
  return PAGE_MARK in schema
}

function moneySchema(title: string, minimum: number) {
  return Type.Object(
    {
      amountMinor: Type.Integer({ minimum, maximum: MAX_AMOUNT_MINOR, description: 'Integer minor units (cents).' }),
      currency: Type.Literal('USD'),
    },
    { title, additionalProperties: false, examples: [{ amountMinor: 1999, currency: 'USD' }] },
  )
}

function dollarsSchema(title: string, minimum: number) {
  const dollars = Type.Number({
    title,
    minimum,
    maximum: MAX_AMOUNT_MINOR / 100,
    description: 'US dollars with at most two decimals.',
    examples: [19.99],
  })
  return Type.Refine(dollars, isWholeCents, () => 'must have at most two decimals')
}

/** Exact: `cents / 100` is the double nearest to it, which is what a text with two decimals is read as. */
function isWholeCents(dollars: number): boolean {
  return Math.round(dollars * 100) / 100 === dollars
}

function ownedIdSchema(prefix: string, description: string) {
  return Type.String({
    pattern: `^${prefix}_[1-9][0-9]{0,17}_[0-9a-hjkmnp-tv-z]{16}$`,
    description,
    examples: [`${prefix}_42_7zk3m9q2x8c4v6b1`],
  })
}
