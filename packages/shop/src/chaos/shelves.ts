import type { WorkloadClient } from 'banyan/runtime'
import type { Script } from './script.ts'
import type { Order } from './order.ts'
import { read } from './read.ts'
import type { Shop } from './visit.ts'

/** @throws when a product cannot be restocked. */
export async function stockUp({ client, admin }: Pick<Shop, 'client' | 'admin'>, { stock }: Script): Promise<void> {
  for (const [productId, onHand] of stock) {
    const body = { onHand }
    const answer = await client.request('PUT', `/api/v2/products/${productId}/stock`, { token: admin.token, body })
    if (answer?.status !== 200) throw new Error(`stock of ${productId} cannot be set: ${JSON.stringify(answer?.body)}`)
  }
}

/**
 * Those who were told that nothing is left, while somebody else's order was on its way to being declined, come back: stock that
 * nobody can buy then is lost. Answers how many units they took.
 */
export async function sellTheRest({ client, customers }: Shop, { scarce }: Script): Promise<number> {
  let sold = 0
  for (const productId of scarce) {
    for (let left = await availableOf(client, productId); left > 0; left = await availableOf(client, productId)) {
      const buyer = customers[sold % customers.length]!
      const answer = await client.insist('POST', `/api/v2/users/${buyer.id}/orders`, {
        session: buyer,
        key: `rest-${productId}-${left}`,
        body: { items: [{ productId, quantity: 1 }], paymentMethod: 'pm_visa' },
      })
      if (answer.status !== 201) break
      sold += 1
    }
  }
  return sold
}

export function countSold(orders: readonly Order[]): ReadonlyMap<string, number> {
  const sold = new Map<string, number>()
  for (const { status, items } of orders) {
    if (status !== 'confirmed') continue
    for (const { productId, quantity } of items) sold.set(productId, (sold.get(productId) ?? 0) + quantity)
  }
  return sold
}

/** What is available is what there was, less what confirmed orders took. */
export async function compareShelves(
  client: WorkloadClient,
  sold: ReadonlyMap<string, number>,
  { stock }: Script,
): Promise<string[]> {
  const complaints: string[] = []
  for (const [productId, onHand] of stock) {
    const available = await availableOf(client, productId)
    const expected = onHand - (sold.get(productId) ?? 0)
    if (available === expected) continue
    complaints.push(`I4: product ${productId} has ${available} available, expected ${expected}`)
  }
  return complaints
}

async function availableOf(client: WorkloadClient, productId: string): Promise<number> {
  const answer = await read(client, `/api/v2/products/${productId}`)
  return (answer.body.data as { readonly available: number }).available
}
