import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { anonymous, createAccessCheck, type Principal } from 'banyan/contract'
import { isDeclared } from 'banyan/core'
import { shop } from './app.ts'
import { userPrincipal } from './testing/principals.ts'

type Who = 'anyone' | 'logged in' | 'owner' | 'owner, admin' | 'admin'

/** Every route of the shop, as clients know it. A route that is missing here fails, and so does one that is gone. */
const ROUTES: Readonly<Record<string, Who>> = {
  'POST /users': 'anyone',
  'GET /users': 'admin',
  'GET /users/:userId': 'owner, admin',
  'PUT /users/:userId': 'owner, admin',
  'DELETE /users/:userId': 'owner, admin',
  'PUT /users/:userId/role': 'admin',
  'PUT /users/:userId/password': 'owner',
  'POST /users/:userId/api-keys': 'owner',
  'GET /users/:userId/api-keys': 'owner',
  'DELETE /users/:userId/api-keys/:keyId': 'owner',
  'POST /sessions': 'anyone',
  'POST /sessions/refresh': 'anyone',
  'DELETE /sessions': 'logged in',
  'GET /products': 'anyone',
  'GET /products/:productId': 'anyone',
  'POST /products': 'admin',
  'PUT /products/:productId': 'admin',
  'DELETE /products/:productId': 'admin',
  'PUT /products/:productId/stock': 'admin',
  'POST /users/:userId/orders': 'owner',
  'GET /users/:userId/orders': 'owner, admin',
  'GET /users/:userId/order-history': 'owner, admin',
  'GET /orders': 'admin',
  'GET /orders/:orderId': 'owner, admin',
  'GET /orders/:orderId/story': 'owner, admin',
  'POST /orders/:orderId/cancel': 'owner, admin',
  'GET /payments/:paymentId': 'owner, admin',
  'POST /payments/:paymentId/refunds': 'admin',
  'POST /webhooks/payments/:provider': 'anyone',
}

const CALLERS: readonly Principal[] = [
  anonymous,
  userPrincipal('42', { sessionId: 'ses_42_0000000000000000' }),
  userPrincipal('43'),
  userPrincipal('1', { role: 'admin' }),
]

const [OK, LOG_IN, NOT_YOURS, FORBIDDEN] = ['ok', 'api.UNAUTHENTICATED', 'api.NOT_FOUND', 'api.FORBIDDEN']

/** Nobody, the owner, another customer, an admin. */
const EXPECTED: Readonly<Record<Who, readonly string[]>> = {
  anyone: [OK, OK, OK, OK],
  'logged in': [LOG_IN, OK, OK, OK],
  owner: [LOG_IN, OK, NOT_YOURS, NOT_YOURS],
  'owner, admin': [LOG_IN, OK, NOT_YOURS, OK],
  admin: [LOG_IN, FORBIDDEN, FORBIDDEN, OK],
}

/** Resources of user 42. */
const INPUT = {
  userId: '42',
  keyId: 'key_42_0000000000000000',
  orderId: 'ord_42_0000000000000000',
  paymentId: 'pay_42_0000000000000000',
}

const routes = shop.services.flatMap(({ contract }) =>
  Object.values(contract.operations).flatMap((operation) =>
    operation.http
      ? [{ name: `${operation.http.method} ${operation.http.path}`, service: contract.name, operation }]
      : [],
  ),
)

describe('who may call which route', () => {
  test('every route is known', () => {
    assert.deepEqual(routes.map(({ name }) => name).toSorted(), Object.keys(ROUTES).toSorted())
  })

  for (const { name, service, operation } of routes) {
    test(`${name}: ${ROUTES[name]}`, () => {
      const check = createAccessCheck(service, operation)
      const answers = CALLERS.map((caller) => answerTo(() => (check.caller(caller), check.owner(caller, INPUT))))
      assert.deepEqual(answers, EXPECTED[ROUTES[name]!])
    })
  }
})

function answerTo(check: () => void): string {
  try {
    check()
    return OK
  } catch (error) {
    assert.ok(isDeclared(error))
    return error.code
  }
}
