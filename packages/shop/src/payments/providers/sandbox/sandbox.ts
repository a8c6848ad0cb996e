import type { Clock } from 'banyan/core'
import type { Database } from 'banyan/data'
import { paymentErrors } from '../../errors.ts'
import { createGatherer } from '../gather.ts'
import type { ChargeAnswer, ChargeRequest, Notice, PaymentProvider, RefundAnswer, RefundRequest } from '../provider.ts'
import { bookCharges, bookRefunds, type ChargeRow, findCharge, readEntries } from './books.ts'
import { readSandboxNotice } from './notice.ts'
import type { RefundRow } from './refund-rules.ts'

export interface SandboxOptions {
  /** Its books; stopped with it. */
  readonly database: Database
  /** Signs its notices. */
  readonly webhookSecret: string | Buffer
  readonly clock: Clock
  /** Told of each charge and refund that came to an end, after its commit. Default: nobody. */
  readonly notify?: (notice: Notice) => void
}

/**
 * The built-in provider: no money, but books of its own that outlive the shop's mistakes. Keys never expire.
 *
 * `pm_visa` is captured; `pm_declined` and `pm_insufficient_funds` are declined, as is any unknown method;
 * `pm_timeout` is captured and its first answer lost; `pm_error` fails twice before it is captured;
 * `pm_refund_fails` is captured and refuses its first three refunds.
 */
export function createSandbox({ database, webhookSecret, clock, notify = ignore }: SandboxOptions): PaymentProvider {
  const bookCharge = createGatherer({
    what: 'The queue of the sandbox provider',
    run: (requests: readonly ChargeRequest[]) => reaching(bookCharges(database, requests)),
  })
  const bookRefund = createGatherer({
    what: 'The queue of the sandbox provider',
    run: (requests: readonly RefundRequest[]) => reaching(bookRefunds(database, requests)),
  })

  return {
    name: SANDBOX,
    keyLifetimeMs: Infinity,
    async charge(request) {
      const row = await bookCharge(request)
      if (row.method !== request.method || Number(row.amount_minor) !== request.amountMinor) throw reusedKey(row.key)
      if (row.outcome === 'failing') throw busy(`try ${row.attempts} of pm_error failed`)
      const answer = toChargeAnswer(row)
      notify(chargeNotice(request, answer))
      if (row.method === 'pm_timeout' && row.attempts === 1) throw lost('pm_timeout loses its first answer')
      return answer
    },
    async refund(request) {
      const row = await bookRefund(request)
      if (Number(row.amount_minor) !== request.amountMinor) throw reusedKey(row.key)
      const answer = toRefundAnswer(row)
      notify(refundNotice(request, answer))
      return answer
    },
    async find(paymentId) {
      const row = await reaching(findCharge(database, paymentId))
      return row && row.outcome !== 'failing' ? toChargeAnswer(row) : null
    },
    readNotice: async (notice) => readSandboxNotice(notice, { secret: webhookSecret, nowMs: clock.now() }),
    async listEntries(page) {
      const entries = await reaching(readEntries(database, page))
      return { entries, nextCursor: entries.length < page.limit ? null : entries.at(-1)!.id }
    },
    stop: () => database.stop(),
  }
}

/** The provider's name, in payments and in the webhook's path. */
export const SANDBOX = 'sandbox'

function ignore(): void {}

/** To the shop, the provider's database is the provider: what fails in it is an answer that got lost. */
async function reaching<Rows>(rows: Promise<Rows>): Promise<Rows> {
  try {
    return await rows
  } catch (error) {
    throw paymentErrors.PROVIDER_UNAVAILABLE(
      { provider: SANDBOX, reason: 'its books cannot be reached' },
      { cause: error },
    )
  }
}

function toChargeAnswer({ outcome }: ChargeRow): ChargeAnswer {
  return outcome === 'captured' ? { kind: 'captured', providerRef: null } : { kind: 'declined', reason: outcome }
}

function toRefundAnswer({ refused }: RefundRow): RefundAnswer {
  return refused === null ? { kind: 'refunded' } : { kind: 'refused', reason: refused }
}

function chargeNotice({ paymentId, amountMinor }: ChargeRequest, answer: ChargeAnswer): Notice {
  return { ...answer, paymentId, amountMinor }
}

function refundNotice({ refundId, amountMinor }: RefundRequest, answer: RefundAnswer): Notice {
  return { ...answer, refundId, amountMinor }
}

function lost(reason: string): Error {
  return paymentErrors.PROVIDER_UNAVAILABLE({ provider: SANDBOX, reason })
}

function busy(reason: string): Error {
  return paymentErrors.PROVIDER_BUSY({ provider: SANDBOX, reason })
}

function reusedKey(key: string): Error {
  return paymentErrors.PROVIDER_MISUSED({ provider: SANDBOX, reason: `key ${key} came with another request before` })
}
