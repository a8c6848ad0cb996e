import type { KeepQuery, KeptQuery } from 'banyan/cache'
import { createCursor, DEFAULT_PAGE_LIMIT, toPage, type InputOf, type OutputOf, type Positions } from 'banyan/contract'
import type { Session } from 'banyan/data'
import { CATALOGUE_TAG, PAGE_EVENTS } from '../cache-tags.ts'
import type { products } from '../contract.ts'
import { findPage, START, type ListKey, type PageRequest } from './list-store.ts'
import type { ReadProducts } from './product-reader.ts'
import { toProduct } from './product.ts'
import { parseSearch } from './search.ts'

type Input = InputOf<typeof products.operations.listProducts>
type Output = OutputOf<typeof products.operations.listProducts>

export interface Catalogue {
  readonly find: FindPage
  readonly read: ReadProducts
}

export type FindPage = KeptQuery<PageRequest, readonly ListKey[]>

/**
 * Which products a page holds is searched for once for all who ask the same, until one is created, changed or deleted; what they
 * are, and how many are left, is read each time.
 */
export function createFindPage(session: Session, keepQuery: KeepQuery): FindPage {
  const tags = () => [CATALOGUE_TAG]
  const rule = { name: 'products.findPage', tags, invalidatedBy: PAGE_EVENTS, maxAgeSeconds: 60 }
  return keepQuery(rule, (request: PageRequest) => findPage(session, request))
}

/** `0.17`: after product 17 of those whose name has the search's words. */
const cursor = createCursor('products', /^[01]\.[1-9]\d{0,17}$/)

/** One page of the catalogue. A cursor names the last product seen, so products that come or go shift nothing. */
export async function listProducts({ find, read }: Catalogue, input: Input, after?: Positions): Promise<Output> {
  const limit = input.limit ?? DEFAULT_PAGE_LIMIT
  const request = {
    ...parseSearch(input.search ?? ''),
    category: input.category ?? null,
    after: toListKey(cursor.decode(input.cursor)),
    limit: limit + 1, // one more than asked for tells whether there is a next page
  }
  const found = await find(request, after)
  const { items, nextCursor } = toPage(found, limit, ({ tier, id }) => cursor.encode(`${tier}.${id}`))
  const records = new Map((await read(items.map(({ id }) => id))).map((record) => [record.id, record]))
  // One that was deleted since is left out; the page is shorter by it.
  const present = items.flatMap(({ id }) => records.get(id) ?? [])
  return { items: present.map(toProduct), nextCursor }
}

function toListKey(position: string | null): ListKey {
  if (position === null) return START
  const [tier = '', id = ''] = position.split('.')
  return { tier: Number(tier), id }
}
