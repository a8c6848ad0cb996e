import { createShopClient, logInAdmin, logInCustomers } from '../packages/shop/src/faults/testing/shop-client.ts'
import { createShopFolder } from '../packages/shop/src/faults/testing/shop-child.ts'
import { startSteadyLoad } from '../packages/shop/src/faults/testing/steady-load.ts'
import { createSeededRandom } from '../packages/banyan/src/testing/index.ts'

export interface LoadedShopOptions {
  readonly connections: number
  /** Settings beside those of the shop as services. */
  readonly environment?: Readonly<Record<string, string>>
}

/** The shop as services with full shelves, under a load of reads and orders. */
export async function startLoadedShop({ connections, environment }: LoadedShopOptions) {
  const folder = await createShopFolder({ ...process.env, BANYAN_TOPOLOGY: 'microservices', ...environment })
  const { url } = await folder.start()
  const client = createShopClient({ url })
  const { token } = await logInAdmin(client)
  const ids = Array.from({ length: 1_000 }, (_, index) => String(index + 1))
  for (let at = 0; at < ids.length; at += 50) {
    const stock = (id: string) => ({ token, key: `stock-${id}`, body: { onHand: 100_000 } })
    const batch = ids.slice(at, at + 50)
    await Promise.all(batch.map((id) => client.request('PUT', `/api/v2/products/${id}/stock`, stock(id))))
  }
  const customers = await logInCustomers(client, 20)
  const load = startSteadyLoad({ url, connections, customers, random: createSeededRandom(1) })
  return { folder, load, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}
