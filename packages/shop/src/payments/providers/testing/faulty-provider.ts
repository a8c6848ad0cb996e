import { paymentErrors } from '../../errors.ts'
import type { PaymentProvider } from '../provider.ts'

/** What happens to one call: the request never arrives, its answer never comes back, or nothing goes wrong. */
export type Fault = 'lose-request' | 'lose-answer' | 'none'

/** A provider behind a bad line; `nextFault` decides for each call. */
export function createFaultyProvider(inner: PaymentProvider, nextFault: () => Fault): PaymentProvider {
  async function send<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    const fault = nextFault()
    if (fault === 'lose-request') throw lost(inner.name, fault)
    const answer = await call()
    if (fault === 'lose-answer') throw lost(inner.name, fault)
    return answer
  }
  return {
    ...inner,
    charge: (request, signal) => send(() => inner.charge(request, signal)),
    refund: (request, signal) => send(() => inner.refund(request, signal)),
    find: (paymentId, signal) => send(() => inner.find(paymentId, signal)),
    listEntries: (page, signal) => send(() => inner.listEntries(page, signal)),
  }
}

function lost(provider: string, reason: string): Error {
  return paymentErrors.PROVIDER_UNAVAILABLE({ provider, reason })
}
