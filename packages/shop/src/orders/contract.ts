import { sagaErrors } from 'banyan/command'
import {
  AuditReport,
  defineCommand,
  defineContract,
  defineEvent,
  defineQuery,
  internalFrom,
  Money,
  OrderId,
  pageOf,
  PageQuery,
  PaymentId,
  Price,
  user,
  UserId,
  Type,
} from 'banyan/contract'
import { coreErrors, ownerOfId } from 'banyan/core'
import { paymentErrors } from '../payments/contract.ts'
import { changedTags, productErrors } from '../products/contract.ts'
import { orderErrors } from './errors.ts'
import {
  HistoryEntry,
  MAX_LINES,
  Order,
  OrderReference,
  OrderStatus,
  PricedItem,
  RequestedItem,
  Story,
} from './schemas.ts'

const ofOrder = user({ owner: ({ orderId }) => ownerOfId('ord', orderId), roles: ['admin'] })
const ofUser = user({ owner: ({ userId }) => userId, roles: ['admin'] })
const userOfOrder = ({ orderId }: { orderId: string }) => ownerOfId('ord', orderId) ?? '0'
const Reason = Type.Object({ code: Type.String(), error: Type.Record(Type.String(), Type.Unknown()) })

/** A probe may take as long as the saga that it waits for. */
const waitsForSaga = { breaker: { probeTimeoutMs: 20_000 } }

export const orders = defineContract({
  name: 'orders',
  errors: orderErrors,
  operations: {
    placeOrder: defineCommand({
      summary: 'Places an order: reserves stock, charges the payment method, confirms.',
      http: 'POST /users/:userId/orders',
      input: Type.Object({
        userId: UserId,
        items: Type.Array(RequestedItem, { minItems: 1, maxItems: MAX_LINES }),
        paymentMethod: Type.String({
          minLength: 1,
          maxLength: 255,
          pattern: '^[\\x21-\\x7e]+$',
          description: 'A payment method of 1–255 characters of ASCII without spaces.',
          examples: ['pm_visa'],
        }),
        expectedTotal: Type.Optional(Price),
      }),
      output: Order,
      created: (order) => `/orders/${order.id}`,
      mayPend: true,
      errors: [
        orderErrors.TOO_MANY_OF_ONE,
        productErrors.UNKNOWN_PRODUCT,
        productErrors.OUT_OF_STOCK,
        productErrors.TOTAL_TOO_LARGE,
        paymentErrors.CARD_DECLINED,
        orderErrors.PRICE_CHANGED,
        orderErrors.CANCEL_REQUESTED,
        orderErrors.EXPIRED,
      ],
      access: user({ owner: ({ userId }) => userId }),
      invalidates: ({ items }) => changedTags(items),
      shardKey: ({ userId }) => userId,
      deadlineMs: 20_000,
      policy: waitsForSaga,
    }),
    getOrder: defineQuery({
      summary: 'One order.',
      http: 'GET /orders/:orderId',
      input: Type.Object({ orderId: OrderId }),
      output: Order,
      errors: [coreErrors.NOT_FOUND],
      access: ofOrder,
    }),
    listUserOrders: defineQuery({
      summary: 'A user’s orders, newest first.',
      http: 'GET /users/:userId/orders',
      input: Type.Object({ userId: UserId, ...PageQuery }),
      output: pageOf(Order),
      access: ofUser,
    }),
    listOrders: defineQuery({
      summary: 'All orders, newest first.',
      http: 'GET /orders',
      input: Type.Object({ status: Type.Optional(OrderStatus), ...PageQuery }),
      output: pageOf(Order),
      access: user({ roles: ['admin'] }),
    }),
    cancelOrder: defineCommand({
      summary: 'Cancels an order: stock and money go back. A second cancel joins the first.',
      http: 'POST /orders/:orderId/cancel',
      input: Type.Object({ orderId: OrderId }),
      output: Order,
      mayPend: true,
      errors: [coreErrors.NOT_FOUND, orderErrors.NOT_CANCELLABLE],
      access: ofOrder,
      invalidates: (_, order) => changedTags(order?.items ?? []),
      shardKey: userOfOrder,
      deadlineMs: 20_000,
      policy: waitsForSaga,
    }),
    getStory: defineQuery({
      summary: 'All that happened to an order: events, saga steps, charges, refunds.',
      http: 'GET /orders/:orderId/story',
      input: Type.Object({ orderId: OrderId }),
      output: Story,
      errors: [coreErrors.NOT_FOUND],
      access: ofOrder,
    }),
    listOrderHistory: defineQuery({
      summary:
        'A user’s orders as documents with payment and refunds, newest first; may lag behind the orders by moments.',
      http: 'GET /users/:userId/order-history',
      input: Type.Object({ userId: UserId, ...PageQuery }),
      output: pageOf(HistoryEntry),
      access: ofUser,
      readModel: 'order-history',
    }),
    confirmOrder: defineCommand({
      summary: 'Ends a checkout well.',
      input: Type.Object({
        ...OrderReference,
        items: Type.Array(PricedItem),
        total: Price,
        paymentId: PaymentId,
      }),
      output: Order,
      errors: [orderErrors.CANCEL_REQUESTED, orderErrors.ILLEGAL_TRANSITION, sagaErrors.FENCED],
      access: internalFrom('orders'),
      outcome: 'domain',
      shardKey: ({ userId }) => userId,
    }),
    abandonOrder: defineCommand({
      summary: 'Ends a checkout that turned back, once all of it is undone.',
      input: Type.Object({
        ...OrderReference,
        items: Type.Union([Type.Array(PricedItem), Type.Null()]),
        total: Type.Union([Price, Type.Null()]),
        reason: Reason,
      }),
      output: Order,
      errors: [orderErrors.ILLEGAL_TRANSITION, sagaErrors.FENCED],
      access: internalFrom('orders'),
      outcome: 'domain',
      shardKey: ({ userId }) => userId,
    }),
    finishCancel: defineCommand({
      summary: 'Ends a cancellation, once money and stock are back.',
      input: Type.Object(OrderReference),
      output: Order,
      errors: [orderErrors.ILLEGAL_TRANSITION, sagaErrors.FENCED],
      access: internalFrom('orders'),
      outcome: 'domain',
      shardKey: ({ userId }) => userId,
    }),
    listOrderMoney: defineQuery({
      summary: 'What each order says of money, by user and order id, for the audit.',
      input: Type.Object({
        limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
        cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
      }),
      output: pageOf(Type.Object({ orderId: OrderId, status: OrderStatus, total: Type.Union([Money, Type.Null()]) })),
      access: internalFrom('audit'),
      deadlineMs: 30_000,
    }),
    audit: defineQuery({
      summary: 'Checks I1 and the totals of orders in one snapshot.',
      input: Type.Object({}),
      output: AuditReport,
      access: internalFrom('audit'),
      deadlineMs: 120_000,
    }),
  },
  events: {
    'order-placed.v1': defineEvent(Type.Object({ ...OrderReference, items: Type.Array(RequestedItem) })),
    'order-confirmed.v1': defineEvent(
      Type.Object({ ...OrderReference, items: Type.Array(PricedItem), total: Price, paymentId: PaymentId }),
    ),
    'order-cancelling.v1': defineEvent(Type.Object(OrderReference)),
    'order-cancelled.v1': defineEvent(
      Type.Object({
        ...OrderReference,
        reason: Type.String(),
        items: Type.Union([Type.Array(PricedItem), Type.Null()]),
      }),
    ),
  },
})
