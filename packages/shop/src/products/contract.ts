import { coreErrors } from 'banyan/core'
import {
  anyone,
  AuditReport,
  defineCommand,
  defineContract,
  defineEvent,
  defineQuery,
  internalFrom,
  pageOf,
  PageQuery,
  Price,
  ProductId,
  user,
  Type,
} from 'banyan/contract'
import { sagaErrors } from 'banyan/command'
import {
  CATALOGUE_EVENTS,
  CATALOGUE_TAG,
  changedTags,
  PRODUCT_EVENTS,
  PRODUCT_ROWS,
  productTag,
  SALE_EVENTS,
} from './cache-tags.ts'
import { productErrors } from './errors.ts'
import {
  MAX_LINES,
  OnHand,
  OrderReference,
  Product,
  ProductFields,
  Released,
  RequestedItem,
  Reservation,
  Reserved,
  Stock,
} from './schemas.ts'

const admin = user({ roles: ['admin'] })
/**
 * Of answers that a CDN may keep. What is said of a product is purged by its events; what is available changes with every
 * order, without one: 5 s late, 15 while the next answer is fetched, and a minute while the shop is away.
 */
const SHARED = {
  maxAgeSeconds: 0,
  sharedMaxAgeSeconds: 5,
  staleWhileRevalidateSeconds: 10,
  staleIfErrorSeconds: 60,
}
const NamedPrice = Type.Object({ productId: ProductId, name: Type.String(), price: Price })

/** The gateway's own copies: 4 s at most, so that everything is true again within 5 s of quiet; a minute more while nobody answers. */
const KEPT = { maxAgeSeconds: 4, negativeMaxAgeSeconds: 1, staleIfErrorSeconds: 60 }
const toRead = ({ id }: Product) => ({ productId: id })

export const products = defineContract({
  name: 'products',
  errors: productErrors,
  operations: {
    listProducts: defineQuery({
      summary:
        'The catalogue, by id; with `search`, products named so first. `search` takes words and `attribute:value` terms.',
      http: 'GET /products',
      input: Type.Object({
        search: Type.Optional(Type.String({ maxLength: 200, examples: ['wireless mouse colour:black'] })),
        category: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
        ...PageQuery,
      }),
      output: pageOf(Product),
      errors: [],
      access: anyone,
      cache: {
        ...SHARED,
        tags: () => [CATALOGUE_TAG],
        application: { ...KEPT, strategy: { kind: 'event', invalidatedBy: CATALOGUE_EVENTS } },
      },
    }),
    getProduct: defineQuery({
      summary: 'One product.',
      http: 'GET /products/:productId',
      input: Type.Object({ productId: ProductId }),
      output: Product,
      errors: [coreErrors.NOT_FOUND],
      access: anyone,
      cache: {
        ...SHARED,
        tags: ({ productId }) => [productTag(productId)],
        // Each sale would purge what sells best.
        notPurgedBy: SALE_EVENTS,
        application: {
          ...KEPT,
          strategy: {
            kind: 'write-through',
            invalidatedBy: PRODUCT_EVENTS,
            rowOf: PRODUCT_ROWS,
            writtenBy: { createProduct: toRead, changeProduct: toRead },
          },
        },
      },
    }),
    createProduct: defineCommand({
      summary: 'Adds a product to the catalogue, with `onHand` (default 0) in stock.',
      http: 'POST /products',
      input: Type.Object({ ...ProductFields, onHand: Type.Optional(OnHand) }),
      output: Product,
      errors: [productErrors.INVALID_ATTRIBUTES],
      access: admin,
      created: (product) => `/products/${product.id}`,
      invalidates: (_, product) => (product ? changedTags([{ productId: product.id }]) : [CATALOGUE_TAG]),
    }),
    changeProduct: defineCommand({
      summary: 'Replaces what is said of a product. Orders keep the name and price they were placed with.',
      http: 'PUT /products/:productId',
      input: Type.Object({ productId: ProductId, ...ProductFields }),
      output: Product,
      errors: [coreErrors.NOT_FOUND, coreErrors.PRECONDITION_FAILED, productErrors.INVALID_ATTRIBUTES],
      access: admin,
      invalidates: (input) => changedTags([input]),
    }),
    deleteProduct: defineCommand({
      summary: 'Takes a product out of the catalogue. Orders that hold it are still filled.',
      http: 'DELETE /products/:productId',
      input: Type.Object({ productId: ProductId }),
      output: Product,
      errors: [coreErrors.NOT_FOUND, coreErrors.PRECONDITION_FAILED],
      access: admin,
      invalidates: (input) => changedTags([input]),
    }),
    setStock: defineCommand({
      summary: 'Says how many are on hand, never fewer than are reserved.',
      http: 'PUT /products/:productId/stock',
      input: Type.Object({ productId: ProductId, onHand: OnHand }),
      output: Stock,
      errors: [coreErrors.NOT_FOUND, coreErrors.PRECONDITION_FAILED, productErrors.STOCK_RESERVED],
      access: admin,
      invalidates: (input) => changedTags([input]),
    }),
    reserveStock: defineCommand({
      summary: 'Holds stock for an order and fixes its names and prices. All lines or none.',
      input: Type.Object({
        ...OrderReference,
        items: Type.Array(RequestedItem, { minItems: 1, maxItems: MAX_LINES }),
      }),
      output: Reserved,
      errors: [
        productErrors.OUT_OF_STOCK,
        productErrors.UNKNOWN_PRODUCT,
        productErrors.TOTAL_TOO_LARGE,
        sagaErrors.COMPENSATED,
      ],
      access: internalFrom('orders'),
      outcome: 'domain',
    }),
    releaseStock: defineCommand({
      summary: 'Gives an order’s stock back, sold or not. From then on the order can reserve nothing.',
      input: Type.Object(OrderReference),
      output: Released,
      access: internalFrom('orders'),
      outcome: 'domain',
    }),
    listReservations: defineQuery({
      summary: 'What each order holds and is worth, by order id, for the audit.',
      input: Type.Object({
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
        cursor: PageQuery.cursor,
      }),
      output: pageOf(Reservation),
      access: internalFrom('audit'),
      deadlineMs: 30_000,
    }),
    seedCatalogue: defineCommand({
      summary: 'Puts the demo catalogue in, once.',
      input: Type.Object({}),
      output: Type.Object({ products: Type.Integer() }),
      access: internalFrom('first-start'),
      outcome: 'domain',
    }),
    audit: defineQuery({
      summary: 'Checks I4: stock, reservations and the ledger of movements agree.',
      input: Type.Object({}),
      output: AuditReport,
      access: internalFrom('audit'),
      deadlineMs: 60_000,
    }),
  },
  events: {
    'product-created.v1': defineEvent(NamedPrice),
    'product-changed.v1': defineEvent(NamedPrice),
    'product-deleted.v1': defineEvent(Type.Object({ productId: ProductId })),
    'stock-set.v1': defineEvent(Type.Object({ productId: ProductId, onHand: OnHand })),
  },
})
export { changedTags } from './cache-tags.ts'
export { productErrors } from './errors.ts'
