import assert from 'node:assert/strict'
import { get, refusal, usd, type Cast, type Product } from './cast.ts'

export async function browse({ ask, addProduct, fresh }: Cast): Promise<void> {
  const word = fresh('lamp').replace('-', '')
  const { id } = await addProduct(`Brass ${word}`, { amountMinor: 1_999, onHand: 3 })
  const inVersion2 = await get(ask<Product>(`GET /api/v2/products/${id}`), 200)
  assert.deepEqual([inVersion2.price, inVersion2.available], [usd(1_999), 3])
  for (const way of [`/api/v1/products/${id}`, `/api/products/${id}`, `/api/products/${id}?version=1`]) {
    assert.equal((await get(ask<{ price: unknown }>(`GET ${way}`), 200)).price, 19.99, way)
  }
  const found = await ask<readonly Product[]>(`GET /api/v2/products?search=${word}`)
  assert.deepEqual([found.data.map((product) => product.id), found.nextCursor], [[id], null])
  const page = await ask<readonly Product[]>('GET /api/v2/products?limit=2')
  const next = await ask<readonly Product[]>(`GET /api/v2/products?limit=2&cursor=${page.nextCursor}`)
  assert.equal(new Set([...page.data, ...next.data].map((product) => product.id)).size, 4)
  const both = ask(`GET /api/v2/products/${id}?version=1`)
  await refusal(both, 400, 'api.UNSUPPORTED_VERSION')
  await refusal(ask('GET /api/v2/products/999999999999'), 404, 'api.NOT_FOUND')
}

export async function conditionalReads({ ask, addProduct, admin }: Cast): Promise<void> {
  const { id } = await addProduct('Conditional chair', { amountMinor: 5_000, onHand: 3 })
  const path = `GET /api/v2/products/${id}`
  const first = await ask(path)
  const etag = first.headers.get('etag')!
  assert.match(etag, /^"[^"]+"$/)
  const unchanged = await ask(path, { headers: { 'if-none-match': etag } })
  assert.deepEqual([unchanged.status, unchanged.headers.get('etag')], [304, etag])
  assert.notEqual((await ask(`GET /api/v1/products/${id}`)).headers.get('etag'), etag, 'versions are never mixed up')
  const stock = { token: admin.token, body: { onHand: 4 } }
  await get(ask(`PUT /api/v2/products/${id}/stock`, stock), 200)
  const changed = await ask<Product>(path, { headers: { 'if-none-match': etag } })
  assert.deepEqual([changed.status, changed.data.available], [200, 4])

  const fields = { name: 'Conditional chair', price: usd(5_500) }
  const put = (ifMatch: string) =>
    ask(`PUT /api/v2/products/${id}`, { token: admin.token, body: fields, headers: { 'if-match': ifMatch } })
  await get(put(changed.headers.get('etag')!), 200)
  await refusal(put(changed.headers.get('etag')!), 412, 'api.PRECONDITION_FAILED')
}
