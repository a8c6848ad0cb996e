import type { RefundRequest } from '../provider.ts'
import type { ChargeRow, RefundRow } from './book-rows.ts'

/** `pm_refund_fails` refuses this many before it gives in. */
const REFUSALS = 3

/** What becomes of a batch of refunds; each sees those before it. Answers stand in the order of the requests. */
export function decideRefunds(
  charges: readonly ChargeRow[],
  known: readonly RefundRow[],
  requests: readonly RefundRequest[],
): { readonly added: RefundRow[]; readonly answers: RefundRow[] } {
  const byKey = new Map(known.map((row) => [row.key, row]))
  const added: RefundRow[] = []
  const answers = requests.map((request) => {
    const before = byKey.get(request.refundId)
    if (before) return before
    const charge = charges.find(({ key }) => key === request.paymentId)
    const row: RefundRow = {
      key: request.refundId,
      charge_key: request.paymentId,
      order_id: request.orderId,
      amount_minor: String(request.amountMinor),
      refused: findRefusal(request, charge, [...byKey.values()]),
    }
    byKey.set(row.key, row)
    added.push(row)
    return row
  })
  return { added, answers }
}

function findRefusal(
  { paymentId, amountMinor }: RefundRequest,
  charge: ChargeRow | undefined,
  all: readonly RefundRow[],
): string | null {
  if (charge?.outcome !== 'captured') return 'charge_not_captured'
  const others = all.filter((row) => row.charge_key === paymentId)
  if (charge.method === 'pm_refund_fails' && others.filter((row) => row.refused !== null).length < REFUSALS)
    return 'refund_failed'
  const refunded = others.filter((row) => row.refused === null).reduce((sum, row) => sum + Number(row.amount_minor), 0)
  return refunded + amountMinor > Number(charge.amount_minor) ? 'amount_exceeds_charge' : null
}
