import type { CommandHandler } from 'banyan/command'
import type { InputOf } from 'banyan/contract'
import type { products } from '../contract.ts'
import { decideCreate, type ProductChange } from './product.ts'
import { drawProductIds, insertProducts, type NewProduct } from './product-store.ts'
import type { Product } from '../schemas.ts'

type Input = InputOf<typeof products.operations.createProduct>

interface Creations {
  readonly freshIds: readonly string[]
  readonly created: NewProduct[]
}

export const createProduct: CommandHandler<Input, Product, Creations, ProductChange> = {
  async load(tx, items) {
    return { freshIds: await drawProductIds(tx, items.length), created: [] }
  },
  decide: ({ freshIds, created }, { input, now }) => decideCreate({ id: freshIds[created.length]!, draft: input, now }),
  evolve({ created }, change) {
    if (change.kind === 'create') created.push(change)
  },
  save(tx, _changes, { created }) {
    insertProducts(tx, created)
  },
}
