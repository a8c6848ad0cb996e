import {
  anyone,
  AuditReport,
  defineCommand,
  defineContract,
  defineEvent,
  defineQuery,
  internalFrom,
  Money,
  OrderId,
  pageOf,
  PaymentId,
  Price,
  user,
  UserId,
  Type,
} from 'banyan/contract'
import { sagaErrors } from 'banyan/command'
import { coreErrors, ownerOfId, relatedId } from 'banyan/core'
import { paymentErrors } from './errors.ts'
import { AuditPage, Charge, MoneyMove, PaymentView, ProviderEntryView, RefundView } from './schemas.ts'

const orderStep = { orderId: OrderId, paymentId: PaymentId, userId: UserId }
const providerTrouble = [
  paymentErrors.PROVIDER_UNAVAILABLE,
  paymentErrors.PROVIDER_BUSY,
  paymentErrors.PROVIDER_MISUSED,
  paymentErrors.NEEDS_ATTENTION,
  paymentErrors.CONTRADICTION,
]
/** A provider takes seconds, and its bank more: a probe that gave up after one would never find it well again. */
const asksProvider = { breaker: { probeTimeoutMs: 15_000 } }
const settled = { paymentId: PaymentId, orderId: OrderId, userId: UserId }

export const payments = defineContract({
  name: 'payments',
  errors: paymentErrors,
  operations: {
    getPayment: defineQuery({
      summary: 'One payment.',
      http: 'GET /payments/:paymentId',
      input: Type.Object({ paymentId: PaymentId }),
      output: PaymentView,
      errors: [coreErrors.NOT_FOUND],
      access: user({ owner: ({ paymentId }) => ownerOfId('pay', paymentId), roles: ['admin'] }),
    }),
    refundPayment: defineCommand({
      summary: 'Gives back a part of a captured payment; without an amount, all that is left.',
      http: 'POST /payments/:paymentId/refunds',
      input: Type.Object({ paymentId: PaymentId, amount: Type.Optional(Price) }),
      output: RefundView,
      created: (refund) => `/payments/${refund.paymentId}`,
      errors: [
        coreErrors.NOT_FOUND,
        paymentErrors.NOT_REFUNDABLE,
        paymentErrors.REFUND_EXCEEDS_CAPTURE,
        paymentErrors.REFUND_REFUSED,
        paymentErrors.TOO_MANY_REFUNDS,
        ...providerTrouble,
      ],
      access: user({ roles: ['admin'] }),
      shardKey: ({ paymentId }) => shardOf(paymentId),
      deadlineMs: 15_000,
      policy: asksProvider,
    }),
    receiveWebhook: defineCommand({
      summary: "A provider's signed notice that money moved, or did not. 200 only when applied or already applied.",
      http: 'POST /webhooks/payments/:provider',
      input: Type.Object({
        provider: Type.String({ pattern: '^[a-z]{1,32}$', description: 'A payment provider.', examples: ['sandbox'] }),
        body: Type.String({ maxLength: 262_144 }),
        headers: Type.Record(Type.String(), Type.String()),
      }),
      output: Type.Object({ applied: Type.Boolean({ description: 'False: it was known already.' }) }),
      raw: ['stripe-signature', 'sandbox-signature'],
      errors: [
        coreErrors.NOT_FOUND,
        paymentErrors.WEBHOOK_UNSIGNED,
        paymentErrors.WEBHOOK_TOO_OLD,
        paymentErrors.WEBHOOK_UNKNOWN,
        paymentErrors.WEBHOOK_AMOUNT,
        paymentErrors.CONTRADICTION,
      ],
      access: anyone,
      outcome: 'domain',
      urgency: 'read', // it ends what was begun, but whoever knocks here is not known yet
      shardKey: ({ body }) => OWNED_BY.exec(body)?.[1] ?? NOBODY,
    }),
    charge: defineCommand({
      summary: "Charges an order's payment method, once for ever.",
      input: Type.Object({
        ...orderStep,
        amount: Price,
        paymentMethod: Type.String({ minLength: 1, maxLength: 255 }),
      }),
      output: Type.Object({ paymentId: PaymentId, amount: Money }),
      errors: [paymentErrors.CARD_DECLINED, sagaErrors.COMPENSATED, coreErrors.KEY_REUSED, ...providerTrouble],
      access: internalFrom('orders'),
      outcome: 'domain',
      shardKey: ({ userId }) => userId,
      deadlineMs: 15_000,
      policy: asksProvider,
    }),
    refundOrder: defineCommand({
      summary: 'Gives back whatever is still captured for an order; forbids a charge that has not begun.',
      input: Type.Object({ ...orderStep, reason: Type.String({ maxLength: 500 }) }),
      output: Type.Object({ paymentId: PaymentId, refunded: Money }),
      errors: [paymentErrors.REFUND_DELAYED, paymentErrors.TOO_MANY_REFUNDS, ...providerTrouble],
      access: internalFrom('orders'),
      outcome: 'domain',
      shardKey: ({ userId }) => userId,
      deadlineMs: 15_000,
      policy: asksProvider,
    }),
    resolvePayment: defineCommand({
      summary: 'Asks the provider again about whatever of this payment is still open.',
      input: Type.Object({ paymentId: PaymentId }),
      output: Type.Object({ status: Type.String() }),
      errors: [coreErrors.NOT_FOUND, ...providerTrouble],
      access: internalFrom('payments'),
      outcome: 'domain',
      shardKey: ({ paymentId }) => shardOf(paymentId),
      deadlineMs: 30_000,
      policy: asksProvider,
    }),
    paymentsOfOrder: defineQuery({
      summary: "An order's charges and refunds, oldest first, for its story.",
      input: Type.Object({ orderId: OrderId }),
      output: Type.Object({ moves: Type.Array(MoneyMove) }),
      access: internalFrom('orders'),
    }),
    listCharges: defineQuery({
      summary: 'What was captured and refunded for each order, for the audit. By user and payment id.',
      input: Type.Object({ ...AuditPage }),
      output: pageOf(Charge),
      access: internalFrom('audit'),
      deadlineMs: 30_000,
    }),
    listProviderEntries: defineQuery({
      summary: "The provider's own ledger, for the audit.",
      input: Type.Object({ provider: Type.Optional(Type.String()), ...AuditPage }),
      output: pageOf(ProviderEntryView),
      errors: [coreErrors.NOT_FOUND, ...providerTrouble],
      access: internalFrom('audit'),
      deadlineMs: 30_000,
    }),
    audit: defineQuery({
      summary: "The service's own invariants, each in one snapshot a database.",
      input: Type.Object({}),
      output: AuditReport,
      access: internalFrom('audit'),
      deadlineMs: 120_000,
    }),
  },
  events: {
    'payment-captured.v1': defineEvent(Type.Object({ ...settled, amount: Money })),
    'payment-declined.v1': defineEvent(Type.Object({ ...settled, reason: Type.String() })),
    'payment-refunded.v1': defineEvent(
      Type.Object({ ...settled, refundId: Type.String(), amount: Money, refundedTotal: Money }),
    ),
  },
})

/** The order that a payment pays for: both share owner and random part. */
export function orderOfPayment(paymentId: string): string {
  return relatedId('ord', paymentId)
}

// A notice names our payment or refund, and so its user. The signature proves it only later; this finds the shard that
// can tell.
const OWNED_BY = /\b(?:pay|ref)_([1-9]\d{0,17})_[0-9a-hjkmnp-tv-z]{16}/

function shardOf(paymentId: string): string {
  return ownerOfId('pay', paymentId) ?? NOBODY
}

// Any shard answers for ids that nobody owns: it finds nothing.
const NOBODY = '1'
export { paymentErrors } from './errors.ts'
