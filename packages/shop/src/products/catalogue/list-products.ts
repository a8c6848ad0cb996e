import { createCursor, DEFAULT_PAGE_LIMIT, toPage, type InputOf, type OutputOf } from 'banyan/contract'
import type { Session } from 'banyan/data'
import type { products } from '../contract.ts'
import { readPage, START, type PageKey } from './list-store.ts'
import { parseSearch } from './search.ts'

type Input = InputOf<typeof products.operations.listProducts>
type Output = OutputOf<typeof products.operations.listProducts>

/** `0.17`: after product 17 of those whose name has the search's words. */
const cursor = createCursor('products', /^[01]\.[1-9]\d{0,17}$/)

/** One page of the catalogue. A cursor names the last product seen, so products that come or go shift nothing. */
export async function listProducts(session: Session, input: Input): Promise<Output> {
  const limit = input.limit ?? DEFAULT_PAGE_LIMIT
  const found = await readPage(session, {
    ...parseSearch(input.search ?? ''),
    category: input.category ?? null,
    after: toPageKey(cursor.decode(input.cursor)),
    limit: limit + 1, // one more than asked for tells whether there is a next page
  })
  const { items, nextCursor } = toPage(found, limit, (last) => cursor.encode(`${last.tier}.${last.product.id}`))
  return { items: items.map(({ product }) => product), nextCursor }
}

function toPageKey(position: string | null): PageKey {
  if (position === null) return START
  const [tier = '', id = ''] = position.split('.')
  return { tier: Number(tier), id }
}
