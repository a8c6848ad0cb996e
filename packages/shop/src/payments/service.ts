import { query } from 'banyan/command'
import { createClient, reply } from 'banyan/contract'
import { coreErrors } from 'banyan/core'
import type { Logger } from 'banyan/observe'
import { defineService, type ServiceTools } from 'banyan/runtime'
import { auditPayments } from './audit.ts'
import { payments } from './contract.ts'
import { toMoney } from './money.ts'
import { createCharge } from './operations/charge.ts'
import { createReceiveWebhook } from './operations/receive-webhook.ts'
import { createRefundOrder } from './operations/refund-order.ts'
import { createRefundPayment } from './operations/refund-payment.ts'
import { createResolvePayment } from './operations/resolve-payment.ts'
import { chooseProviders } from './providers/choose-providers.ts'
import type { EntryPage, PaymentProvider } from './providers/provider.ts'
import type { Providers } from './providers/providers.ts'
import { listCharges, readMoves, readPayment } from './queries.ts'
import { createResolver } from './resolver.ts'
import { createPaymentStore } from './store.ts'

export interface PaymentsOptions {
  /** Default: what the settings name. */
  readonly providers?: (tools: ServiceTools) => Providers
  /** How old an open charge or refund is when the resolver first looks at it. Default 10,000 ms. */
  readonly graceMs?: number
}

/** Charges and refunds, each once, whatever answer is lost. Payments live in their user's shard. */
export function createPaymentsService({ providers: open = chooseProviders, graceMs = 10_000 }: PaymentsOptions = {}) {
  return defineService({
    contract: payments,
    migrations: new URL('./migrations/', import.meta.url),
    create(tools) {
      const { shards, wire, clock, random, logger } = tools
      const providers = open(tools)
      const desk = { store: createPaymentStore({ graceMs }), providers }
      const self = createClient(payments, wire, { clock, random, principal: { kind: 'service', name: payments.name } })
      const resolver = createResolver({
        shards,
        clock,
        logger,
        resolve: async (paymentId) => void (await self.resolvePayment({ paymentId }, { timeoutMs: 30_000 })),
      })
      return {
        handlers: {
          getPayment: query(({ paymentId }) => readPayment(shards, paymentId)),
          refundPayment: createRefundPayment(desk),
          receiveWebhook: createReceiveWebhook(desk),
          charge: createCharge(desk),
          refundOrder: createRefundOrder(desk),
          resolvePayment: createResolvePayment(desk),
          paymentsOfOrder: query(async ({ orderId }) => reply(await readMoves(shards, orderId))),
          listCharges: query(async (page) => reply(await listCharges(shards, page))),
          listProviderEntries: query(async ({ provider, cursor = null, limit = 100 }, call) =>
            reply(await listEntries(pick(providers, provider), { cursor, limit }, call.signal)),
          ),
          audit: query(async () => reply(await auditPayments(shards))),
        },
        async start() {
          resolver.start()
          await greet(providers.current, logger)
        },
        async stop() {
          await resolver.stop()
          await providers.stop()
        },
      }
    },
  })
}

export const paymentsService = createPaymentsService()

/** Shows at the start, not at the first charge, whether the provider can be reached and accepts us. */
async function greet(provider: PaymentProvider, logger: Logger): Promise<void> {
  try {
    await provider.find('pay_0_start', new AbortController().signal)
  } catch (error) {
    logger.warn({ provider: provider.name, error }, 'the payment provider gives no answer; charges wait until it does')
  }
}

function pick(providers: Providers, name: string | undefined): PaymentProvider {
  if (name === undefined) return providers.current
  if (!providers.has(name)) throw coreErrors.NOT_FOUND()
  return providers.get(name)
}

async function listEntries(provider: PaymentProvider, page: EntryPage, signal: AbortSignal) {
  const { entries, nextCursor } = await provider.listEntries(page, signal)
  const items = entries.map(({ amountMinor, ...entry }) => ({ ...entry, amount: toMoney(BigInt(amountMinor)) }))
  return { items, nextCursor }
}
