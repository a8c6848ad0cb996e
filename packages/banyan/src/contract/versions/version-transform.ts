import type { Static, TSchema } from 'typebox'
import { Money, MoneyV1, Price, PriceV1 } from '../schema/common-schemas.ts'

/**
 * An old API version, derived from the one after it: wherever `schema` occurs in an input, an output or the details of
 * an error, the old version shows `by` instead.
 */
export interface VersionTransform {
  /** The version that this gives, out of version + 1. */
  readonly version: number
  readonly replaces: readonly Replacement[]
}

export interface Replacement {
  /** Found by its `title`, so that it may be optional, nullable or copied. */
  readonly schema: TSchema
  readonly by: TSchema
  /** The old version's value, already valid, in the newer version. Must not fail: refinements of `by` refuse. */
  readonly up: (value: never) => unknown
  readonly down: (value: never) => unknown
}

/** A replacement whose functions are checked against its schemas. */
export function replaceSchema<Schema extends TSchema, By extends TSchema>(replacement: {
  readonly schema: Schema
  readonly by: By
  readonly up: (value: Static<By>) => Static<Schema>
  readonly down: (value: Static<Schema>) => Static<By>
}): Replacement {
  return Object.freeze(replacement)
}

/** US dollars as a JSON number. `MoneyV1` lets only whole cents pass, so that rounding restores, never changes. */
function dollarsToMoney(dollars: number): Static<typeof Money> {
  return { amountMinor: Math.round(dollars * 100), currency: 'USD' }
}

/** Division rounds correctly, so this is the double that the text `19.99` is read as. */
function moneyToDollars({ amountMinor }: Static<typeof Money>): number {
  return amountMinor / 100
}

/** Version 1 of an API whose version 2 has `Money` and `Price`: there they are US dollars as a JSON number. */
export const dollarsInVersion1: VersionTransform = {
  version: 1,
  replaces: [
    replaceSchema({ schema: Money, by: MoneyV1, up: dollarsToMoney, down: moneyToDollars }),
    replaceSchema({ schema: Price, by: PriceV1, up: dollarsToMoney, down: moneyToDollars }),
  ],
}
