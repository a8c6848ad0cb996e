import type { Static } from 'typebox'
import { Money, OrderId, Price, ProductId, Timestamp, UserId, Type } from 'banyan/contract'

const MAX_ON_HAND = 1_000_000_000
/** An order has at most 100 lines of at most 1,000; equal lines are merged before they come here. */
export const MAX_LINES = 100
export const MAX_QUANTITY = 100_000

const Name = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: '\\S',
  description: 'A name of 1–200 characters, not only spaces.',
  examples: ['Walnut desk organiser'],
})
const Description = Type.String({ maxLength: 5_000 })
const Category = Type.String({
  minLength: 1,
  maxLength: 60,
  pattern: '\\S',
  description: 'A category of 1–60 characters, not only spaces.',
  examples: ['Office'],
})
const Attributes = Type.Record(Type.String(), Type.Unknown(), {
  description: 'A free JSON document of at most 16 KiB, 100 keys and 5 levels. Every value is searchable.',
  examples: [{ colour: 'walnut', dimensions: { widthCm: 32 } }],
})
const Count = Type.Integer({ minimum: 0, maximum: MAX_ON_HAND })
const Quantity = Type.Integer({ minimum: 1, maximum: MAX_QUANTITY })

export const Product = Type.Object(
  {
    id: ProductId,
    name: Name,
    description: Description,
    category: Category,
    price: Price,
    attributes: Attributes,
    available: Type.Integer({ minimum: 0, description: 'On hand and not reserved.' }),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  },
  { title: 'Product' },
)
export type Product = Static<typeof Product>

/** What an administrator may say of a product. What is left out gets its default. */
export const ProductFields = {
  name: Name,
  description: Type.Optional(Description),
  category: Type.Optional(Category),
  price: Price,
  attributes: Type.Optional(Attributes),
}

export const Stock = Type.Object(
  { productId: ProductId, onHand: Count, reserved: Count, available: Count, updatedAt: Timestamp },
  { title: 'Stock' },
)
export type Stock = Static<typeof Stock>

export const OnHand = Count

export const RequestedItem = Type.Object({ productId: ProductId, quantity: Quantity })
export type RequestedItem = Static<typeof RequestedItem>

/** A line as it was reserved: name and price stay with the order. */
export const ReservedItem = Type.Object({
  productId: ProductId,
  name: Type.String(),
  quantity: Quantity,
  unitPrice: Price,
})
export type ReservedItem = Static<typeof ReservedItem>

export const Reserved = Type.Object({ items: Type.Array(ReservedItem), total: Money }, { title: 'Reserved' })
export type Reserved = Static<typeof Reserved>

export const Released = Type.Object({ items: Type.Array(RequestedItem) }, { title: 'Released' })
export type Released = Static<typeof Released>

export const OrderReference = { orderId: OrderId, userId: UserId }

/** An order's reservation as a whole; the total of a tombstone is zero. */
export const Reservation = Type.Object({
  orderId: OrderId,
  state: Type.Union([Type.Literal('held'), Type.Literal('sold'), Type.Literal('released'), Type.Literal('returned')]),
  total: Money,
})
