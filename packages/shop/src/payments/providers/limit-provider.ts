import { coreErrors } from 'banyan/core'
import type { PaymentProvider } from './provider.ts'

export interface ProviderLimits {
  /** Most requests on their way at once. Default 64. */
  readonly maxInFlight?: number
  /** Most requests waiting for their turn. Default 4,096. */
  readonly maxWaiting?: number
}

/**
 * Keeps what we send to a provider within what both sides bear: a provider that has become slow must not hold
 * thousands of sockets, nor meet all of them when it is back.
 * @throws `api.OVERLOADED` when `maxWaiting` wait already: nothing was sent.
 */
export function limitProvider(inner: PaymentProvider, limits: ProviderLimits = {}): PaymentProvider {
  const { maxInFlight = 64, maxWaiting = 4_096 } = limits
  const waiting: (() => void)[] = []
  let inFlight = 0

  async function send<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    if (inFlight >= maxInFlight) await takeTurn()
    else inFlight++
    try {
      return await call()
    } finally {
      // The turn is handed on, so that nobody who comes just now slips past those who wait.
      const next = waiting.shift()
      if (next) next()
      else inFlight--
    }
  }

  function takeTurn(): Promise<void> {
    if (waiting.length >= maxWaiting) {
      throw coreErrors.OVERLOADED({ what: `The queue of the provider ${inner.name}`, limit: maxWaiting })
    }
    return new Promise((resolve) => waiting.push(resolve))
  }

  return {
    ...inner,
    charge: (request, signal) => send(() => inner.charge(request, signal)),
    refund: (request, signal) => send(() => inner.refund(request, signal)),
    find: (paymentId, signal) => send(() => inner.find(paymentId, signal)),
    listEntries: (page, signal) => send(() => inner.listEntries(page, signal)),
  }
}
