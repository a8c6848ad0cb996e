import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, describe, test } from 'node:test'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { logInCustomer } from '../chaos/people.ts'
import { startShop, type ShopFixture } from '../testing/shop-fixture.ts'
import type { CrashPlan } from './testing/crashing-shop.ts'
import { startChild } from './testing/shop-child.ts'
import { createShopClient, type Login, type Order, type ShopClient } from './testing/shop-client.ts'

/** What a buyer does, through which steps it goes, and how it must end wherever the process died. */
const STORIES = [
  {
    name: 'an order that is confirmed',
    paymentMethod: 'pm_visa',
    cancel: false,
    steps: ['orders.placeOrder', 'products.reserveStock', 'payments.charge', 'orders.confirmOrder'],
    answer: 201,
    ends: 'confirmed',
  },
  {
    name: 'an order whose card is declined',
    paymentMethod: 'pm_declined',
    cancel: false,
    steps: ['payments.charge', 'products.releaseStock', 'orders.abandonOrder'],
    answer: 402,
    ends: 'cancelled',
  },
  {
    name: 'an order that is cancelled',
    paymentMethod: 'pm_visa',
    cancel: true,
    steps: ['orders.cancelOrder', 'payments.refundOrder', 'products.releaseStock', 'orders.finishCancel'],
    answer: 200,
    ends: 'cancelled',
  },
] as const

const POINTS = STORIES.flatMap((story) =>
  story.steps.flatMap((operation) => (['before', 'after'] as const).map((when) => ({ story, operation, when }))),
)
const AT_ONCE = 5
/** A process that is not let run for seconds is taken over before it reaches its point. That shows nothing: another one goes there. */
const MAX_TRIES = 3
const CHILD = fileURLToPath(new URL('./testing/crashing-shop.ts', import.meta.url))

describe('a process that dies between two effects', () => {
  let postgres: TestPostgres
  let survivor: ShopFixture
  let scratch: string
  let customers = 0
  const asSurvivor = () => createShopClient({ url: survivor.url })

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'crash-'))
    postgres = await startTestPostgres({ fsync: false })
    survivor = await startShop({ postgres, name: 'survivor' })
  })
  after(async () => {
    await survivor?.stop()
    await postgres?.stop()
    await rm(scratch, { recursive: true, force: true })
  })

  test(`${POINTS.length} points: the order ends as it would have, once`, { concurrency: AT_ONCE }, async (t) => {
    await Promise.all(
      POINTS.map(({ story, operation, when }) =>
        t.test(`${story.name}: dies ${when} ${operation}`, async () => {
          const { buyer, orderId } = await dieAt({ story, operation, when })
          const client = asSurvivor()
          const answer = await (orderId ? cancel(client, buyer, orderId) : place(client, buyer, story))
          assert.equal(answer.status, story.answer, JSON.stringify(answer.body))
          assert.deepEqual(await statusesOf(buyer), [story.ends])
        }),
      ),
    )
  })

  test('after all of this the audit finds nothing', async () => {
    assert.deepEqual(await survivor.faults(), [])
  })

  /** A process of its own is asked by a customer of its own, and dies there. */
  async function dieAt({ story, operation, when }: Point, tries = 1): Promise<Asked> {
    const buyer = await logInCustomer(asSurvivor(), ++customers)
    const child = await startCrashing({ point: { operation, when, userId: buyer.id }, name: `mortal ${customers}` })
    const orderId = story.cancel ? ((await place(asSurvivor(), buyer, story)).body.data as Order).id : null
    const { method, path, ...request } = toRequest(buyer, orderId, story)
    const survived = await createShopClient({ url: child.url }).request(method, path, request)
    if (survived) {
      await child.stop()
      assert.ok(tries < MAX_TRIES, `the point was never reached: ${JSON.stringify(survived.body)}`)
      return dieAt({ story, operation, when }, tries + 1)
    }
    assert.equal(await child.ended, 'SIGKILL')
    return { buyer, orderId }
  }

  function startCrashing(plan: Omit<CrashPlan, 'connection'>) {
    const { connection } = postgres
    return startChild([CHILD, JSON.stringify({ connection, ...plan })], { ...process.env, TMPDIR: scratch })
  }

  async function statusesOf(buyer: Login): Promise<string[]> {
    const answer = await asSurvivor().request('GET', `/api/v2/users/${buyer.id}/orders`, { token: buyer.token })
    return (answer!.body.data as Order[]).map(({ status }) => status)
  }
})

type Story = (typeof STORIES)[number]
type Point = (typeof POINTS)[number]

interface Asked {
  readonly buyer: Login
  /** The order to be cancelled; `null`: one is to be placed. */
  readonly orderId: string | null
}

function place(client: ShopClient, login: Login, { paymentMethod }: Story) {
  return client.insist('POST', `/api/v2/users/${login.id}/orders`, { login, key: 'place', body: bodyOf(paymentMethod) })
}

function cancel(client: ShopClient, login: Login, orderId: string) {
  return client.insist('POST', `/api/v2/orders/${orderId}/cancel`, { login, key: 'cancel' })
}

/** The same request, once: whoever sends it will get no answer. */
function toRequest({ id, token }: Login, orderId: string | null, { paymentMethod }: Story) {
  const method = 'POST'
  return orderId === null
    ? { method, path: `/api/v2/users/${id}/orders`, token, key: 'place', body: bodyOf(paymentMethod) }
    : { method, path: `/api/v2/orders/${orderId}/cancel`, token, key: 'cancel' }
}

function bodyOf(paymentMethod: string) {
  return { items: [{ productId: '10', quantity: 1 }], paymentMethod }
}
