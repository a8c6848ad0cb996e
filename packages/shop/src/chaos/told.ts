import type { Order } from './order.ts'

/** What customers were told last, by order. */
export interface Told {
  readonly confirmed: Set<string>
  readonly cancelled: Set<string>
}

export function createTold(): Told {
  return { confirmed: new Set(), cancelled: new Set() }
}

/** An order that was answered 201 is confirmed; one whose cancellation was answered is cancelled. */
export function compareTold({ confirmed, cancelled }: Told, orders: readonly Order[]): string[] {
  const status = new Map(orders.map((order) => [order.id, order.status]))
  const expect = (ids: ReadonlySet<string>, wanted: Order['status']) =>
    [...ids]
      .filter((id) => status.get(id) !== wanted)
      .map((id) => `I6: order ${id} was answered as ${wanted} and is ${status.get(id) ?? 'lost'}`)
  return [...expect(confirmed, 'confirmed'), ...expect(cancelled, 'cancelled')]
}
