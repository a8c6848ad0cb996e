import type { Clock } from 'banyan/core'
import type { Database } from 'banyan/data'
import { paymentErrors } from '../../errors.ts'
import { createGatherer } from '../gather.ts'
import type { ChargeAnswer, ChargeRequest, Notice, PaymentProvider, RefundAnswer, RefundRequest } from '../provider.ts'
import type { ChargeRow, RefundRow } from './book-rows.ts'
import { bookCharges, bookRefunds, findCharge, readEntries } from './books.ts'
import { readSandboxNotice } from './notice.ts'

export interface SandboxOptions {
  /** Opens its books, at first use and again after a failure; they are closed with it. */
  readonly open: () => Promise<Database>
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
export function createSandbox({ open, webhookSecret, clock, notify = ignore }: SandboxOptions): PaymentProvider {
  const books = createBooks(open)
  const bookCharge = createGatherer({
    what: 'The queue of the sandbox provider',
    run: (requests: readonly ChargeRequest[]) => books.ask((database) => bookCharges(database, requests)),
  })
  const bookRefund = createGatherer({
    what: 'The queue of the sandbox provider',
    run: (requests: readonly RefundRequest[]) => books.ask((database) => bookRefunds(database, requests)),
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
      const row = await books.ask((database) => findCharge(database, paymentId))
      return row && row.outcome !== 'failing' ? toChargeAnswer(row) : null
    },
    readNotice: async (notice) => readSandboxNotice(notice, { secret: webhookSecret, nowMs: clock.now() }),
    async listEntries(page) {
      const entries = await books.ask((database) => readEntries(database, page))
      return { entries, nextCursor: entries.length < page.limit ? null : entries.at(-1)!.id }
    },
    stop: books.close,
  }
}

/** The provider's name, in payments and in the webhook's path. */
export const SANDBOX = 'sandbox'

function ignore(): void {}

/** To the shop, the provider's database is the provider: what fails in it is an answer that got lost. */
function createBooks(open: () => Promise<Database>) {
  let opened: Promise<Database> | null = null
  return {
    async ask<Rows>(work: (database: Database) => Promise<Rows>): Promise<Rows> {
      opened ??= open()
      const database = await opened.catch((error: unknown) => {
        opened = null
        throw unreachable(error)
      })
      return work(database).catch((error: unknown) => {
        throw unreachable(error)
      })
    },
    async close() {
      // Books that never opened need no closing, and whoever needed them was told.
      await (await opened?.catch(() => null))?.stop()
    },
  }
}

function unreachable(cause: unknown): Error {
  return paymentErrors.PROVIDER_UNAVAILABLE({ provider: SANDBOX, reason: 'its books cannot be reached' }, { cause })
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
