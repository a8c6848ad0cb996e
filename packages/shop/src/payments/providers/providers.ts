import { paymentErrors } from '../errors.ts'
import type { PaymentProvider } from './provider.ts'

/** The providers of this shop: the one that new charges go to, and those that old payments were made with. */
export interface Providers {
  readonly current: PaymentProvider
  /** @throws `payments.PROVIDER_MISUSED` when a payment's provider is not configured any more. */
  get(name: string): PaymentProvider
  has(name: string): boolean
  stop(): Promise<void>
}

/** The first one is the current one. */
export function createProviders(all: readonly [PaymentProvider, ...PaymentProvider[]]): Providers {
  const byName = new Map(all.map((provider) => [provider.name, provider]))
  return {
    current: all[0],
    has: (name) => byName.has(name),
    get(name) {
      const provider = byName.get(name)
      if (!provider) throw paymentErrors.PROVIDER_MISUSED({ provider: name, reason: 'it is not configured here' })
      return provider
    },
    async stop() {
      await Promise.all(all.map((provider) => provider.stop()))
    },
  }
}
