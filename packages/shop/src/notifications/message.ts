import { createHash } from 'node:crypto'
import type { PayloadOf } from 'banyan/contract'
import type { orders } from '../orders/contract.ts'
import type { payments } from '../payments/contract.ts'

type Orders = typeof orders.events
type Payments = typeof payments.events

/** What customers are told of, by event type. */
export interface MailPayloads {
  readonly 'orders.order-confirmed.v1': PayloadOf<Orders['order-confirmed.v1']>
  readonly 'orders.order-cancelled.v1': PayloadOf<Orders['order-cancelled.v1']>
  readonly 'payments.payment-refunded.v1': PayloadOf<Payments['payment-refunded.v1']>
}

export type MailType = keyof MailPayloads

export interface Recipient {
  readonly userId: string
  readonly email: string
  readonly name: string
}

/** A mail as it is handed on: the same text and id at each attempt. */
export interface Message {
  /** Unique per event and recipient; names the file and the Message-ID. */
  readonly id: string
  readonly to: Recipient
  readonly subject: string
  readonly text: string
  /** ISO 8601: when the event was noted, not when it is sent, so that a repeat is the same to the byte. */
  readonly date: string
}

/** 128 bits of a hash, so that the id tells neither who nor what. */
export function messageId(userId: string, eventId: string): string {
  return createHash('sha256').update(`${userId} ${eventId}`).digest('hex').slice(0, 32)
}

const BECAUSE: Readonly<Record<string, string>> = {
  'out-of-stock': ', because something in it was sold out',
  'unknown-product': ', because something in it is no longer in our catalogue',
  'card-declined': ', because the payment was declined',
  'price-changed': ', because a price had changed',
  cancelled: ', as you asked',
  expired: ', because it could not be completed in time',
}

type Templates = { readonly [Type in MailType]: (payload: MailPayloads[Type]) => Pick<Message, 'subject' | 'text'> }

const TEMPLATES: Templates = {
  'orders.order-confirmed.v1': ({ orderId, items, total }) => ({
    subject: `Your order ${orderId} is confirmed`,
    text: [
      'Thank you for your order. It is paid, and we are packing:',
      '',
      ...items.map(({ quantity, name, unitPrice }) => `  ${quantity} × ${name}, ${money(unitPrice)} each`),
      '',
      `Total: ${money(total)}`,
    ].join('\n'),
  }),
  'orders.order-cancelled.v1': ({ orderId, reason }) => ({
    subject: `Your order ${orderId} is cancelled`,
    text: `Your order ${orderId} is cancelled${BECAUSE[reason] ?? ''}. You pay nothing for it; anything already paid has been sent back.`,
  }),
  'payments.payment-refunded.v1': ({ orderId, amount, refundedTotal }) => ({
    subject: `A refund for your order ${orderId}`,
    text: [
      `We have sent ${money(amount)} back to you for your order ${orderId}.`,
      `With that, ${money(refundedTotal)} of it is refunded. Your bank may take a few days to show it.`,
    ].join('\n'),
  }),
}

export const MAIL_TYPES = Object.keys(TEMPLATES) as readonly MailType[]

export function composeMessage<Type extends MailType>(
  type: Type,
  payload: MailPayloads[Type],
  envelope: Omit<Message, 'subject' | 'text'>,
): Message {
  const { subject, text } = TEMPLATES[type](payload)
  return { ...envelope, subject, text: `Hello ${envelope.to.name},\n\n${text}\n\nYour Banyan shop\n` }
}

function money({ amountMinor }: { readonly amountMinor: number }): string {
  return `$${Math.floor(amountMinor / 100)}.${String(amountMinor % 100).padStart(2, '0')}`
}
