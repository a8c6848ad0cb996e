/** On what the catalogue's kept answers depend. A page of the list shows many products; it has one tag, and is as old as it says. */
export const CATALOGUE_TAG = 'products'

export function productTag(productId: string): string {
  return `product-${productId}`
}

interface Line {
  readonly productId: string
}

/** What a command changes that touches these products or their stock: its writer must see it in lists, too. */
export function changedTags(lines: readonly Line[]): readonly string[] {
  return [...new Set(lines.map(({ productId }) => productTag(productId))), CATALOGUE_TAG]
}

const tagsOfProduct = ({ productId }: Line): readonly string[] => [productTag(productId)]
const tagsOfLines = ({ items }: { readonly items: readonly Line[] | null }): readonly string[] =>
  (items ?? []).map(({ productId }) => productTag(productId))
const catalogue = (): readonly string[] => [CATALOGUE_TAG]

/**
 * What changes a product as everybody sees it. A reservation appends no event of its own (a checkout must not get dearer for it):
 * what is available is told when the order ends, and by age.
 */
export const PRODUCT_EVENTS = {
  'products.product-created.v1': tagsOfProduct,
  'products.product-changed.v1': tagsOfProduct,
  'products.product-deleted.v1': tagsOfProduct,
  'products.stock-set.v1': tagsOfProduct,
  'orders.order-confirmed.v1': tagsOfLines,
  'orders.order-cancelled.v1': tagsOfLines,
}

/** A product's own events carry the version that its row (`p17`) has had since; those of its stock count for themselves. */
export const PRODUCT_ROWS = {
  'products.product-created.v1': 'p',
  'products.product-changed.v1': 'p',
  'products.product-deleted.v1': 'p',
}

/** Those of them that change only what is available. */
export const SALE_EVENTS = ['orders.order-confirmed.v1', 'orders.order-cancelled.v1']

/** What changes which products a page of the list holds, and in which order. */
export const PAGE_EVENTS = {
  'products.product-created.v1': catalogue,
  'products.product-changed.v1': catalogue,
  'products.product-deleted.v1': catalogue,
}

/** What changes lists. What is sold is left to age: with every order the whole catalogue would be read again. */
export const CATALOGUE_EVENTS = { ...PAGE_EVENTS, 'products.stock-set.v1': catalogue }
