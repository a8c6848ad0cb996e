import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { coreErrors } from 'banyan/core'
import type { Middleware } from 'banyan/mesh'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { startShop, type ShopFixture } from '../testing/shop-fixture.ts'

/** Products cannot be read; how often that was tried. */
let attempts = 0
const broken: Middleware = (next) => (request) => {
  if (request.id !== 'products.getProduct') return next(request)
  attempts++
  return Promise.reject(coreErrors.INTERNAL())
}

let postgres: TestPostgres
let shop: ShopFixture
before(async () => {
  postgres = await startTestPostgres({ fsync: false })
  shop = await startShop({ postgres, middleware: [broken] })
})
after(async () => {
  await shop?.stop()
  await postgres?.stop()
})

test('in one process, too, what fails is repeated within a budget, then asked no more, and leaves the others alone', async () => {
  const ask = async (path: string) => {
    const answer = await fetch(`${shop.url}/api/v2/${path}`)
    return { status: answer.status, code: ((await answer.json()) as { error?: { code: string } }).error?.code }
  }
  assert.equal((await ask('products/1')).code, 'api.INTERNAL')
  assert.equal(attempts, 3, 'the policy repeats a read twice')
  for (let index = 0; index < 40; index++) await ask('products/1')
  assert.ok(attempts < 40, `${attempts} attempts reached the service`)
  assert.deepEqual(await ask('products/1'), { status: 503, code: 'mesh.BREAKER_OPEN' })
  assert.equal((await ask('products')).status, 200)

  const metrics = await (await fetch(`${shop.url}/metrics`)).text()
  assert.match(metrics, /banyan_breaker_state\{operation="products.getProduct"\} 2/)
  assert.match(metrics, /banyan_breaker_state\{operation="payments.charge"\} 0/)
})
