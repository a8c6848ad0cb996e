import { DEFAULT_PAGE_LIMIT, invalidInput, type InputOf, type OutputOf } from 'banyan/contract'
import type { Session } from 'banyan/data'
import type { products } from '../contract.ts'
import { readPage, START, type ListedProduct, type PageKey } from './list-store.ts'
import { parseSearch } from './search.ts'

type Input = InputOf<typeof products.operations.listProducts>
type Output = OutputOf<typeof products.operations.listProducts>

/** One page of the catalogue. A cursor names the last product seen, so products that come or go shift nothing. */
export async function listProducts(session: Session, input: Input): Promise<Output> {
  const limit = input.limit ?? DEFAULT_PAGE_LIMIT
  const after = input.cursor === undefined ? START : parseCursor(input.cursor)
  const search = parseSearch(input.search ?? '')
  // One more than asked for tells whether there is a next page.
  const found = await readPage(session, { ...search, category: input.category ?? null, after, limit: limit + 1 })
  const page = found.slice(0, limit)
  return {
    items: page.map(({ product }) => product),
    nextCursor: found.length > limit ? toCursor(page.at(-1)!) : null,
  }
}

function toCursor({ tier, product }: ListedProduct): string {
  return Buffer.from(`${tier}.${product.id}`).toString('base64url')
}

/** @throws `api.INVALID_INPUT` */
function parseCursor(cursor: string): PageKey {
  const match = /^([01])\.(0|[1-9]\d{0,17})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1'))
  if (match) return { tier: Number(match[1]), id: match[2]! }
  throw invalidInput([
    { pointer: '/cursor', message: 'is not a cursor of this list; use meta.page.nextCursor of an earlier page' },
  ])
}
