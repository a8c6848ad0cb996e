import type { CommandItem } from 'banyan/command'
import { ownerOfId } from 'banyan/core'
import type { Session, Writer } from 'banyan/data'
import type { Fact, Step } from '../domain.ts'
import type { Payment, Refund } from '../payment.ts'
import type { Providers } from '../providers/providers.ts'
import type { PaymentBook, PaymentKey, PaymentStore } from '../store.ts'

/** What every operation that moves money works with. */
export interface Desk {
  readonly store: PaymentStore
  readonly providers: Providers
}

/** The reading and writing half of a handler: all operations share one store and one transition function. */
export function onPayments<Input, Prepared = undefined>(
  { store }: Desk,
  keyOf: (item: CommandItem<Input, Prepared>) => PaymentKey,
) {
  return {
    load: (tx: Session, items: readonly CommandItem<Input, Prepared>[]): Promise<PaymentBook> =>
      store.load(tx, items.map(keyOf)),
    evolve: store.evolve,
    save: (tx: Writer, steps: readonly Step[], book: PaymentBook): void => store.save(tx, steps, book),
  }
}

/** A payment's key from its id alone; an id of nobody's finds nothing. */
export function keyOfPayment(paymentId: string): PaymentKey {
  return { paymentId, userId: ownerOfId('pay', paymentId) ?? '0' }
}

/** Nothing to write when the facts were known already. */
export function changesOf(before: Payment, step: Step): readonly Step[] {
  return step.payment === before ? [] : [step]
}

/** True once the provider may have forgotten the key under which the request was first sent. */
export function isExpired(
  { providers }: Desk,
  provider: string,
  age: { readonly since: string; readonly now: string },
): boolean {
  return Date.parse(age.now) - Date.parse(age.since) >= providers.get(provider).keyLifetimeMs
}

/** Parks open refunds whose keys may be forgotten: they cannot be looked up, only a notice or a person can tell. */
export function parkRefunds(desk: Desk, payment: Payment, now: string): Fact[] {
  return openRefunds(payment)
    .filter((refund) => isExpired(desk, payment.provider, { since: refund.createdAt, now }))
    .map(({ number }) => ({ kind: 'refund-unresolved', number }))
}

export function openRefunds(payment: Payment): readonly Refund[] {
  return payment.refunds.filter((refund) => refund.state.status === 'pending')
}
