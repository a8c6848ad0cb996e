import { accept, refuse, type Decision } from 'banyan/command'
import { reply, type Reply } from 'banyan/contract'
import { coreErrors, type BanyanError } from 'banyan/core'
import type { NewEvent } from 'banyan/log'
import { attributesFault } from './attributes.ts'
import type { Product } from '../schemas.ts'

/** A product as it is kept: what everybody sees, and the versions that say which state this is. */
export interface ProductRecord extends Product {
  /** Counts the product's own changes, and its events. */
  readonly version: number
  readonly stockVersion: number
  /** The later of the product's and its stock's last change, ISO 8601. */
  readonly changedAt: string
}

export type ProductChange =
  | { readonly kind: 'create'; readonly record: ProductRecord; readonly onHand: number }
  | { readonly kind: 'change' | 'delete'; readonly record: ProductRecord }

/** What an administrator says of a product. */
export interface ProductDraft {
  readonly name: string
  readonly description?: string
  readonly category?: string
  readonly price: Product['price']
  readonly attributes?: Readonly<Record<string, unknown>>
}

const DEFAULT_CATEGORY = 'Other'

export interface Creation {
  readonly id: string
  readonly draft: ProductDraft & { readonly onHand?: number }
  readonly now: string
}

export function decideCreate({ id, draft, now }: Creation): Decision<Product, ProductChange> {
  const fault = attributesFault(draft.attributes ?? {})
  if (fault) return refuse(fault)
  const onHand = draft.onHand ?? 0
  const record = {
    ...contentOf(draft),
    id,
    available: onHand,
    createdAt: now,
    updatedAt: now,
    version: 1,
    stockVersion: 1,
    changedAt: now,
  }
  return accept(replyWith(record), [{ kind: 'create', record, onHand }], creationEvents(record, onHand))
}

export interface Edit {
  /** `undefined`: there is no such product (any more). */
  readonly current: ProductRecord | undefined
  /** The version that the caller has seen; `null`: whichever. */
  readonly ifMatch: string | null
  readonly now: string
}

export function decideChange(edit: Edit, draft: ProductDraft): Decision<Product, ProductChange> {
  const refusal = editFault(edit) ?? attributesFault(draft.attributes ?? {})
  if (refusal) return refuse(refusal)
  const record = nextRecord(edit, contentOf(draft))
  return accept(
    replyWith(record),
    [{ kind: 'change', record }],
    [productEvent('product-changed.v1', record, namedPrice(record))],
  )
}

export function decideDelete(edit: Edit): Decision<Product, ProductChange> {
  const refusal = editFault(edit)
  if (refusal) return refuse(refusal)
  const record = nextRecord(edit, {})
  return accept(
    replyWith(record),
    [{ kind: 'delete', record }],
    [productEvent('product-deleted.v1', record, { productId: record.id })],
  )
}

/** A product and its stock each begin their own line of events. */
function creationEvents(record: ProductRecord, onHand: number): readonly NewEvent[] {
  return [
    productEvent('product-created.v1', record, namedPrice(record)),
    stockEvent({ productId: record.id, onHand, version: 1 }),
  ]
}

export function stockEvent(stock: { productId: string; onHand: number; version: number }): NewEvent {
  const { productId, onHand, version } = stock
  return { type: 'products.stock-set.v1', aggregateId: `stock-${productId}`, version, payload: { productId, onHand } }
}

/** The answer for one product; its versions make the ETag. */
export function replyWith(record: ProductRecord): Reply<Product> {
  const { version, stockVersion, changedAt } = record
  return reply(toProduct(record), { versions: `p${version}.s${stockVersion}`, changedAt })
}

/** Field by field, because a rest pattern costs 490 ns against 30 (Node 24.21), on the path of every read. */
export function toProduct(record: ProductRecord): Product {
  const { id, name, description, category, price, attributes, available, createdAt, updatedAt } = record
  return { id, name, description, category, price, attributes, available, createdAt, updatedAt }
}

/**
 * True when the caller's `If-Match` names this version of the part. An ETag joins the versions of product (`p`) and
 * stock (`s`); each write looks at its own part, so that a sale does not spoil an edit of the description.
 */
export function matchesVersion(ifMatch: string | null, part: 'p' | 's', version: number): boolean {
  return ifMatch === null || ifMatch === '*' || ifMatch.split(/[-. ]/).includes(part + version)
}

function editFault({ current, ifMatch }: Edit): BanyanError | null {
  if (!current) return coreErrors.NOT_FOUND()
  return matchesVersion(ifMatch, 'p', current.version) ? null : coreErrors.PRECONDITION_FAILED()
}

function nextRecord({ current, now }: Edit, content: Partial<ProductRecord>): ProductRecord {
  const changedAt = now > current!.changedAt ? now : current!.changedAt
  return { ...current!, ...content, version: current!.version + 1, updatedAt: now, changedAt }
}

function contentOf(draft: ProductDraft) {
  const { name, price, description = '', category = DEFAULT_CATEGORY, attributes = {} } = draft
  return { name, description, category, price, attributes }
}

function namedPrice({ id, name, price }: ProductRecord) {
  return { productId: id, name, price }
}

function productEvent(name: string, record: ProductRecord, payload: object): NewEvent {
  return { type: `products.${name}`, aggregateId: record.id, version: record.version, payload }
}
