import type { CommandHandler, CommandItem } from 'banyan/command'
import type { InputOf } from 'banyan/contract'
import type { Session } from 'banyan/data'
import type { products } from '../contract.ts'
import { decideChange, decideDelete, type Edit, type ProductChange, type ProductRecord } from './product.ts'
import { deleteProducts, lockProducts, updateProducts } from './product-store.ts'
import type { Product } from '../schemas.ts'

type Change = InputOf<typeof products.operations.changeProduct>
type Deletion = InputOf<typeof products.operations.deleteProduct>

/** The products of the batch that are in the catalogue, as its earlier items left them. */
type Catalogue = Map<string, ProductRecord>

export const changeProduct: CommandHandler<Change, Product, Catalogue, ProductChange> = {
  load: loadProducts,
  decide: (catalogue, item) => decideChange(editOf(catalogue, item), item.input),
  evolve(catalogue, { record }) {
    catalogue.set(record.id, record)
  },
  save(tx, changes, catalogue) {
    const ids = new Set(changes.map(({ record }) => record.id))
    updateProducts(
      tx,
      Array.from(ids, (id) => catalogue.get(id)!),
    )
  },
}

export const deleteProduct: CommandHandler<Deletion, Product, Catalogue, ProductChange> = {
  load: loadProducts,
  decide: (catalogue, item) => decideDelete(editOf(catalogue, item)),
  evolve(catalogue, { record }) {
    catalogue.delete(record.id)
  },
  save(tx, changes) {
    deleteProducts(
      tx,
      changes.map(({ record }) => record),
    )
  },
}

async function loadProducts(tx: Session, items: readonly CommandItem<{ productId: string }>[]): Promise<Catalogue> {
  const records = await lockProducts(
    tx,
    items.map(({ input }) => input.productId),
  )
  return new Map(records.map((record) => [record.id, record]))
}

function editOf(catalogue: Catalogue, { input, call, now }: CommandItem<{ productId: string }>): Edit {
  return { current: catalogue.get(input.productId), ifMatch: call.ifMatch, now }
}
