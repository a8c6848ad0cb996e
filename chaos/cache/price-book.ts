/** What was sent and answered of the prices of products. They only rise, so that an older one shows. */
export interface PriceBook {
  sent(id: string, price: number): void
  answered(id: string, price: number, atMs: number): void
  /** The least price that may be shown to a read that began at `atMs`, when everything older than `boundMs` must have gone. */
  least(id: string, atMs: number, boundMs: number): number
  /** No reader may be shown more. */
  most(id: string): number
}

export function createPriceBook(): PriceBook {
  const sent = new Map<string, number>()
  const answered = new Map<string, { readonly price: number; readonly atMs: number }[]>()
  return {
    sent: (id, price) => void sent.set(id, Math.max(price, sent.get(id) ?? 0)),
    answered(id, price, atMs) {
      const known = answered.get(id) ?? []
      known.push({ price, atMs })
      answered.set(id, known.slice(-MAX_REMEMBERED))
    },
    least: (id, atMs, boundMs) => {
      const known = answered.get(id) ?? []
      return known.reduce((least, one) => (one.atMs <= atMs - boundMs ? Math.max(least, one.price) : least), 0)
    },
    most: (id) => sent.get(id) ?? Number.POSITIVE_INFINITY,
  }
}

/** Enough for those of the last bound, and one before. */
const MAX_REMEMBERED = 100
