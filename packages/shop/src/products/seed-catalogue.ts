import { accept, type CommandHandler } from 'banyan/command'
import { reply } from 'banyan/contract'
import { demoCatalogue } from '../seed/demo-catalogue.ts'
import { decideCreate } from './catalogue/product.ts'
import { drawProductIds, insertProducts, type NewProduct } from './catalogue/product-store.ts'

interface Seeding {
  /** Products of the earlier seeding; `null`: this is the first. */
  seeded: number | null
  readonly freshIds: readonly string[]
}

interface SeedChange {
  readonly products: readonly NewProduct[]
  readonly now: string
}

const SEED_NAME = 'demo-catalogue'

/** The demo catalogue through the door that every product comes in by; the manifest row keeps it from coming twice. */
export const seedCatalogue: CommandHandler<object, { products: number }, Seeding, SeedChange> = {
  async load(tx) {
    // Processes that start together: the first seeds, the others wait here and find its row.
    const [, [manifest]] = await Promise.all([
      tx.query(LOCK_SEEDS),
      tx.query<{ products: number }>(READ_SEED, [SEED_NAME]),
    ])
    return manifest
      ? { seeded: manifest.products, freshIds: [] }
      : { seeded: null, freshIds: await drawProductIds(tx, demoCatalogue().length) }
  },
  decide({ seeded, freshIds }, { now }) {
    if (seeded !== null) return accept(reply({ products: seeded }))
    const decisions = demoCatalogue().map((draft, index) => decideCreate({ id: freshIds[index]!, draft, now }))
    const accepted = decisions.filter((decision) => decision.kind === 'accept')
    const created = accepted.flatMap(({ changes }) => changes.filter((change) => change.kind === 'create'))
    return accept(
      reply({ products: created.length }),
      [{ products: created, now }],
      accepted.flatMap(({ events }) => events),
    )
  },
  evolve(state, change) {
    state.seeded = change.products.length
  },
  save(tx, changes) {
    for (const { products, now } of changes) {
      insertProducts(tx, products)
      tx.execute(WRITE_SEED, [SEED_NAME, products.length, now])
    }
  },
}

const LOCK_SEEDS = `LOCK TABLE seeds IN SHARE ROW EXCLUSIVE MODE`

const READ_SEED = `SELECT products FROM seeds WHERE name = $1`

const WRITE_SEED = `INSERT INTO seeds (name, products, seeded_at) VALUES ($1, $2, $3)`
