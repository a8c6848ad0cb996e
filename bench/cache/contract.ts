import { defineContract, Price, ProductId, reply, Timestamp, type Wire, Type } from 'banyan/contract'
import { defineProductRead } from '../product-read.ts'

const Product = Type.Object({
  id: ProductId,
  name: Type.String(),
  description: Type.String(),
  category: Type.String(),
  price: Price,
  attributes: Type.Record(Type.String(), Type.Unknown()),
  available: Type.Integer(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})

/** The shop's product, kept by the gateway. */
export const products = defineContract({
  name: 'products',
  operations: {
    getProduct: defineProductRead(Product, {
      staleWhileRevalidateSeconds: 10,
      staleIfErrorSeconds: 60,
      application: { strategy: { kind: 'ttl' }, maxAgeSeconds: 4 },
    }),
  },
})

export const product = {
  id: '1001',
  name: 'Walnut desk organiser',
  description: 'Five compartments, oiled by hand. Holds what a desk needs and hides what it does not.',
  category: 'Office',
  price: { amountMinor: 1_999, currency: 'USD' },
  attributes: { colour: 'walnut', dimensions: { widthCm: 32, depthCm: 14 } },
  available: 112,
  createdAt: '2026-01-15T10:30:00.000Z',
  updatedAt: '2026-01-15T10:30:00.000Z',
} as const

/** Stands for the services. */
export const memoryWire: Wire = {
  async call() {
    return reply(product, { versions: 'p17.s903', changedAt: product.updatedAt })
  },
}
