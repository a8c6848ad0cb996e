import assert from 'node:assert/strict'
import { refusal, type Cast } from './cast.ts'
import type { Ask } from './visitor.ts'

const JSON_TYPE = { 'content-type': 'application/json' }

/** Wrong in each way that has a code of its own; the visitor checks the envelope of every one. */
export async function refusals({ ask, register }: Cast): Promise<void> {
  const { id, token } = await register('Clumsy')
  const orders = `POST /api/v2/users/${id}/orders`
  const wrong: readonly (readonly [number, string, string, Ask?])[] = [
    [404, 'api.NOT_FOUND', 'GET /api/v2/products/999999999999'],
    [404, 'api.UNKNOWN_PATH', 'GET /api/v2/nothing'],
    [404, 'api.UNKNOWN_PATH', 'GET /nothing/at/all'],
    [405, 'api.METHOD_NOT_ALLOWED', 'DELETE /api/v2/products'],
    [400, 'api.UNSUPPORTED_VERSION', 'GET /api/v9/products'],
    [400, 'api.MALFORMED_JSON', orders, { token, body: '{"items":' }],
    [413, 'api.BODY_TOO_LARGE', orders, { token, body: { items: 'x'.repeat(300_000) } }],
    [415, 'api.UNSUPPORTED_MEDIA_TYPE', orders, { token, body: 'items', headers: { 'content-type': 'text/plain' } }],
    [401, 'api.UNAUTHENTICATED', orders, { body: {} }],
    [401, 'api.UNAUTHENTICATED', orders, { token: 'no.valid.token', body: {} }],
    [400, 'api.INVALID_INPUT', 'GET /api/v2/products?limit=0'],
    [400, 'api.INVALID_INPUT', 'GET /api/v2/products?colour=red'],
  ]
  for (const [status, code, request, how] of wrong) {
    const error = await refusal(ask(request, how), status, code)
    assert.deepEqual([error.effect, error.retry], ['not-applied', 'never'], request)
  }

  const body = { items: [{ productId: '1', quantity: 0 }], paymentMethod: 7, surprise: true }
  const { details } = await refusal(ask(orders, { token, body, headers: JSON_TYPE }), 400, 'api.INVALID_INPUT')
  const pointers = (details.faults as readonly { readonly pointer: string }[]).map(({ pointer }) => pointer)
  for (const pointer of ['/items/0/quantity', '/paymentMethod', '/surprise']) {
    assert.ok(pointers.includes(pointer), `${pointer} is not among ${pointers.join(', ')}`)
  }
}
