import type { PayloadOf } from 'banyan/contract'
import type { NewEvent } from 'banyan/log'
import { orderOfPayment, type payments } from './contract.ts'
import { type Payment, type Refund, refundedMinor, refundId } from './payment.ts'
import { toMoney } from './money.ts'

type Payload<Name extends keyof typeof payments.events> = PayloadOf<(typeof payments.events)[Name]>

export function capturedEvent(payment: Payment): NewEvent<Payload<'payment-captured.v1'>> {
  return event('payment-captured.v1', payment, { ...parties(payment), amount: toMoney(payment.amountMinor) })
}

export function declinedEvent(payment: Payment, reason: string): NewEvent<Payload<'payment-declined.v1'>> {
  return event('payment-declined.v1', payment, { ...parties(payment), reason })
}

export function refundedEvent(payment: Payment, refund: Refund): NewEvent<Payload<'payment-refunded.v1'>> {
  return event('payment-refunded.v1', payment, {
    ...parties(payment),
    refundId: refundId(payment.id, refund.number),
    amount: toMoney(refund.amountMinor),
    refundedTotal: toMoney(refundedMinor(payment)),
  })
}

function event<Name extends keyof typeof payments.events>(name: Name, payment: Payment, payload: Payload<Name>) {
  return { type: `payments.${name}`, aggregateId: payment.id, version: payment.version, payload }
}

function parties(payment: Payment) {
  return { paymentId: payment.id, orderId: orderOfPayment(payment.id), userId: payment.userId }
}
