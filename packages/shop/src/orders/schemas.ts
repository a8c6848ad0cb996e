import type { Static } from 'typebox'
import { Money, OrderId, PaymentId, Price, ProductId, Timestamp, UserId, Type } from 'banyan/contract'

export const MAX_LINES = 100
export const MAX_QUANTITY = 1_000

export const OrderStatus = Type.Union([
  Type.Literal('pending'),
  Type.Literal('confirmed'),
  Type.Literal('cancelling'),
  Type.Literal('cancelled'),
])
export type OrderStatus = Static<typeof OrderStatus>

const orNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()])

export const RequestedItem = Type.Object({
  productId: ProductId,
  quantity: Type.Integer({ minimum: 1, maximum: MAX_QUANTITY }),
})
export type RequestedItem = Static<typeof RequestedItem>

/** A line that stock was reserved for. */
export const PricedItem = Type.Object({
  productId: ProductId,
  name: Type.String(),
  quantity: Type.Integer({ minimum: 1 }),
  unitPrice: Price,
})
export type PricedItem = Static<typeof PricedItem>

export const Order = Type.Object(
  {
    id: OrderId,
    userId: UserId,
    status: OrderStatus,
    reason: orNull(Type.String({ description: 'Why it was cancelled, e.g. `card-declined`.' })),
    items: Type.Array(
      Type.Object({
        productId: ProductId,
        name: orNull(Type.String({ description: 'null until stock is reserved.' })),
        quantity: Type.Integer({ minimum: 1 }),
        unitPrice: orNull(Price),
      }),
    ),
    total: orNull(Price),
    paymentId: orNull(PaymentId),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  },
  { title: 'Order' },
)
export type Order = Static<typeof Order>

/** One line of an order's story, in causal order. */
export const StoryEntry = Type.Object(
  {
    at: Timestamp,
    /** Which record tells it: the order's events, a saga's timeline, or the payments service. */
    source: Type.Union([Type.Literal('event'), Type.Literal('saga'), Type.Literal('payment')]),
    what: Type.String({ examples: ['orders.order-confirmed.v1', 'checkout: reserve ran'] }),
    details: Type.Record(Type.String(), Type.Unknown()),
  },
  { title: 'StoryEntry' },
)
export type StoryEntry = Static<typeof StoryEntry>

export const Story = Type.Object(
  { orderId: OrderId, status: OrderStatus, entries: Type.Array(StoryEntry) },
  { title: 'Story' },
)

export const OrderReference = { orderId: OrderId, userId: UserId }

/** One order of a user's history: a document joined from the events of orders, payments, products and users. */
export const HistoryEntry = Type.Object(
  {
    orderId: OrderId,
    status: OrderStatus,
    reason: Type.Optional(Type.String()),
    items: Type.Optional(
      Type.Array(
        Type.Object({
          productId: ProductId,
          name: orNull(Type.String()),
          quantity: Type.Integer({ minimum: 1 }),
          unitPrice: Type.Optional(Price),
        }),
      ),
    ),
    total: Type.Optional(Price),
    placedAt: Timestamp,
    paymentId: Type.Optional(PaymentId),
    paymentStatus: Type.Optional(Type.Union([Type.Literal('captured'), Type.Literal('declined')])),
    captured: Type.Optional(Money),
    refunded: Type.Optional(Money),
    customer: orNull(Type.String({ description: 'null: the user has been deleted.' })),
    updatedAt: Timestamp,
  },
  { title: 'OrderHistoryEntry' },
)
export type HistoryEntry = Static<typeof HistoryEntry>
