import { orderOfPayment } from './contract.ts'
import type { PaymentView, RefundView } from './schemas.ts'
import { toMoney } from './money.ts'
import { type Payment, type Refund, refundId } from './payment.ts'

/** What the API shows of a payment. */
export function toPaymentView(payment: Payment, refundedMinor: bigint): PaymentView {
  return {
    id: payment.id,
    orderId: orderOfPayment(payment.id),
    status: toStatus(payment, refundedMinor),
    amount: toMoney(payment.amountMinor),
    refunded: toMoney(refundedMinor),
    provider: payment.provider,
    createdAt: payment.createdAt,
  }
}

export function toRefundView(paymentId: string, refund: Refund): RefundView {
  return {
    id: refundId(paymentId, refund.number),
    paymentId,
    amount: toMoney(refund.amountMinor),
    status: refund.state.status,
    createdAt: refund.createdAt,
  }
}

function toStatus({ state, amountMinor }: Payment, refundedMinor: bigint): PaymentView['status'] {
  if (state.status !== 'captured' || refundedMinor === 0n) return state.status
  return refundedMinor < amountMinor ? 'partially-refunded' : 'refunded'
}
