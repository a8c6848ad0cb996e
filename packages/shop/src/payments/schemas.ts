import { Money, OrderId, PaymentId, Timestamp, Type, UserId } from 'banyan/contract'
import type { Static } from 'typebox'

export const PaymentView = Type.Object(
  {
    id: PaymentId,
    orderId: OrderId,
    status: Type.Union(
      [
        Type.Literal('pending'),
        Type.Literal('needs-attention'),
        Type.Literal('captured'),
        Type.Literal('partially-refunded'),
        Type.Literal('refunded'),
        Type.Literal('declined'),
        Type.Literal('void'),
      ],
      { description: '`void`: its order was cancelled before anything was charged.' },
    ),
    amount: Money,
    refunded: Money,
    provider: Type.String({ description: 'Who moves the money: `sandbox` or `stripe`.' }),
    createdAt: Timestamp,
  },
  { title: 'Payment' },
)
export type PaymentView = Static<typeof PaymentView>

export const RefundView = Type.Object(
  {
    id: Type.String({ description: 'A refund id.', examples: ['ref_42_7zk3m9q2x8c4v6b1_1'] }),
    paymentId: PaymentId,
    amount: Money,
    status: Type.Union([
      Type.Literal('pending'),
      Type.Literal('succeeded'),
      Type.Literal('failed'),
      Type.Literal('needs-attention'),
    ]),
    createdAt: Timestamp,
  },
  { title: 'Refund' },
)
export type RefundView = Static<typeof RefundView>

/** One line of an order's story. */
export const MoneyMove = Type.Object({
  kind: Type.Union([Type.Literal('charge'), Type.Literal('refund')]),
  id: Type.String(),
  status: Type.String(),
  amount: Money,
  provider: Type.String(),
  /** Why it was declined or refused, or why the money goes back. */
  reason: Type.Union([Type.String(), Type.Null()]),
  createdAt: Timestamp,
  settledAt: Type.Union([Timestamp, Type.Null()]),
})

export const AuditPage = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
}

export const Charge = Type.Object({
  orderId: OrderId,
  paymentId: PaymentId,
  userId: UserId,
  amount: Money,
  status: Type.String(),
  captured: Money,
  refunded: Money,
  provider: Type.String(),
})

export const ProviderEntryView = Type.Object({
  id: Type.String(),
  orderId: Type.String(),
  paymentId: Type.String(),
  kind: Type.Union([Type.Literal('capture'), Type.Literal('refund')]),
  amount: Money,
  at: Timestamp,
})
