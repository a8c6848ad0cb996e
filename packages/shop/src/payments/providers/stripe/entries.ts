import type { Stripe } from 'stripe'
import type { EntryPage, ProviderEntry } from '../provider.ts'

const MAX_PAGE = 100 // Stripe's own bound

/** Captures, then refunds, newest first each; the cursor says in which list and after which object. */
export async function listStripeEntries(
  stripe: Stripe,
  { cursor, limit }: EntryPage,
): Promise<{ entries: ProviderEntry[]; nextCursor: string | null }> {
  const [list, after] = (cursor ?? 'captures:').split(':')
  const page = { limit: Math.min(limit, MAX_PAGE), ...(after ? { starting_after: after } : {}) }
  if (list === 'refunds') {
    const { data, has_more: hasMore } = await stripe.refunds.list(page)
    return { entries: data.flatMap(toRefundEntry), nextCursor: hasMore ? `refunds:${data.at(-1)!.id}` : null }
  }
  const { data, has_more: hasMore } = await stripe.paymentIntents.list(page)
  const nextCursor = hasMore ? `captures:${data.at(-1)!.id}` : 'refunds:'
  return { entries: data.flatMap(toCaptureEntry), nextCursor }
}

function toCaptureEntry(intent: Stripe.PaymentIntent): ProviderEntry[] {
  const { id, status, amount_received: amountMinor, created, metadata } = intent
  return status === 'succeeded' ? [{ id, kind: 'capture', amountMinor, at: toIso(created), ...toNames(metadata) }] : []
}

function toRefundEntry({ id, status, amount: amountMinor, created, metadata }: Stripe.Refund): ProviderEntry[] {
  return status === 'succeeded' ? [{ id, kind: 'refund', amountMinor, at: toIso(created), ...toNames(metadata) }] : []
}

function toNames(metadata: Stripe.Metadata | null): { orderId: string; paymentId: string } {
  return { orderId: metadata?.orderId ?? '', paymentId: metadata?.paymentId ?? '' }
}

function toIso(createdSeconds: number): string {
  return new Date(createdSeconds * 1_000).toISOString()
}
