import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'banyan/contract'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { userPrincipal } from '../../testing/principals.ts'
import { startShop, type ShopFixture } from '../../testing/shop-fixture.ts'
import type { products } from '../contract.ts'

describe('pages of the catalogue, kept by the service', () => {
  let postgres: TestPostgres
  let one: ShopFixture
  let other: ShopFixture

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    one = await startShop({ postgres })
    other = await startShop({ postgres, name: 'two' })
  })
  after(async () => {
    await one?.stop()
    await other?.stop()
    await postgres?.stop()
  })

  test('whoever adds, renames or removes a product sees it in the next page', async () => {
    const category = 'Kept'
    const page = () => namesIn(one.products, category)
    const names: string[] = []
    for (let index = 0; index < 15; index++) {
      const name = `Lamp ${index}`
      const { id } = await one.products.createProduct({ name, category, price: usd(1) }, admin(`new ${index}`))
      names.push(name)
      assert.deepEqual(await page(), names)
      if (index % 3 === 0) continue
      await one.products.changeProduct({ productId: id, name, category: 'Gone', price: usd(1) }, admin(`away ${index}`))
      names.pop()
      assert.deepEqual(await page(), names)
    }
  })

  test('another process shows it as soon as the log has told of it', async () => {
    const category = 'Told'
    const pages = () => namesIn(other.products, category)
    assert.deepEqual(await pages(), [])
    await one.products.createProduct({ name: 'Chair', category, price: usd(1) }, admin('chair'))
    const endAtMs = performance.now() + 2_000
    while ((await pages()).length === 0) {
      assert.ok(performance.now() < endAtMs, 'within 2 s, where a page may be 60 s old')
      await pause(5)
    }
  })
})

const usd = (amountMinor: number) => ({ amountMinor, currency: 'USD' as const })
const admin = (key: string) => ({ principal: userPrincipal('1', { role: 'admin' }), key })

async function namesIn(client: Client<typeof products>, category: string): Promise<string[]> {
  const { items } = await client.listProducts({ category })
  return items.map(({ name }) => name)
}
