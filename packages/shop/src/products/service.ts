import { command, query } from 'banyan/command'
import { coreErrors } from 'banyan/core'
import { reply } from 'banyan/contract'
import { defineService } from 'banyan/runtime'
import { auditProducts } from './audit.ts'
import { createProduct } from './catalogue/create-product.ts'
import { changeProduct, deleteProduct } from './catalogue/edit-product.ts'
import { createFindPage, listProducts } from './catalogue/list-products.ts'
import { createProductLoader } from './catalogue/product-loader.ts'
import { createProductReader } from './catalogue/product-reader.ts'
import { replyWith } from './catalogue/product.ts'
import { products } from './contract.ts'
import { seedCatalogue } from './seed-catalogue.ts'
import { listReservations } from './stock/list-reservations.ts'
import { releaseStock, reserveStock } from './stock/reserve-stock.ts'
import { sellReserved } from './stock/sell-reserved.ts'
import { setStock } from './stock/set-stock.ts'

/** The catalogue and its stock. Not sharded: everybody sells from one shelf. */
export const productsService = defineService({
  contract: products,
  migrations: new URL('./migrations/', import.meta.url),
  create({ shards, clock, keepQuery }) {
    const database = shards.root
    const read = createProductReader(database)
    const loader = createProductLoader({ read })
    const find = createFindPage(database, keepQuery)
    return {
      handlers: {
        listProducts: query(async (input, { after }) => reply(await listProducts({ find, read }, input, after))),
        getProduct: query(async ({ productId }) => {
          const record = await loader.load(productId)
          if (!record) throw coreErrors.NOT_FOUND()
          return replyWith(record)
        }),
        createProduct: command(createProduct),
        changeProduct: command(changeProduct),
        deleteProduct: command(deleteProduct),
        setStock: command(setStock),
        reserveStock: command(reserveStock),
        releaseStock: command(releaseStock),
        listReservations: query(async (input) => reply(await listReservations(database, input))),
        seedCatalogue: command(seedCatalogue),
        audit: query(async () => reply(await auditProducts(database))),
      },
      consumers: [sellReserved(clock)],
    }
  },
})
