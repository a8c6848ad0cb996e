import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, describe, test } from 'node:test'
import { ownerOfId, systemClock } from 'banyan/core'
import { createDatabaseIfMissing } from 'banyan/data'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { openSandboxBooks } from '../payments/providers/sandbox/open-books.ts'
import { createSandbox } from '../payments/providers/sandbox/sandbox.ts'
import { serveSandbox, type SandboxServer } from '../payments/providers/sandbox/serve-sandbox.ts'
import type { PaymentProvider } from '../payments/providers/provider.ts'
import { startShop, type ShopFixture } from '../testing/shop-fixture.ts'
import type { CrashPlan } from './testing/crashing-shop.ts'
import { startChild, type ShopChild } from './testing/shop-child.ts'
import { createShopClient, logInCustomers, type Login, type Order, type ShopClient } from './testing/shop-client.ts'

/**
 * What `prepare | perform | settle` promise: the provider is a process of its own and sees the shop die, either when its
 * request arrives (the intent is recorded, no money has moved) or once it has booked (the money moved, the answer is lost).
 */
const STORIES = [
  { name: 'a charge that is captured', asks: 'charge', paymentMethod: 'pm_visa', answer: 201, ends: 'confirmed' },
  { name: 'a charge that is declined', asks: 'charge', paymentMethod: 'pm_declined', answer: 402, ends: 'cancelled' },
  { name: 'a refund', asks: 'refund', paymentMethod: 'pm_visa', answer: 200, ends: 'cancelled' },
] as const

const POINTS = STORIES.flatMap((story) => (['before', 'after'] as const).map((when) => ({ story, when })))
const CHILD = fileURLToPath(new URL('./testing/crashing-shop.ts', import.meta.url))

interface Ambush {
  readonly when: 'before' | 'after'
  readonly kill: () => Promise<void>
}

describe('a process that dies while it asks the payment provider', () => {
  const ambushes = new Map<string, Ambush>()
  let postgres: TestPostgres
  let sandbox: PaymentProvider
  let provider: SandboxServer
  let survivor: ShopFixture
  let scratch: string
  let buyers: Login[]
  const asSurvivor = () => createShopClient({ url: survivor.url })

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'crash-charge-'))
    postgres = await startTestPostgres({ fsync: false })
    const open = async () => openSandboxBooks(await createDatabaseIfMissing(postgres.connection, 'provider'))
    sandbox = createSandbox({ open, webhookSecret: 'not used', clock: systemClock })
    provider = await serveSandbox(ambushing(sandbox))
    survivor = await startShop({ postgres, name: 'survivor', environment: { SANDBOX_URL: provider.url } })
    buyers = await logInCustomers(asSurvivor(), POINTS.length)
  })
  after(async () => {
    await survivor?.stop()
    await provider?.stop()
    await sandbox?.stop()
    await postgres?.stop()
    await rm(scratch, { recursive: true, force: true })
  })

  test(`${POINTS.length} points: the money moves once, or not at all`, { concurrency: 3 }, async (t) => {
    await Promise.all(
      POINTS.map(({ story, when }, index) =>
        t.test(`${story.name}: dies ${when} the provider has booked it`, async () => {
          const buyer = buyers[index]!
          const orderId = story.asks === 'refund' ? await confirmedOrder(buyer) : null
          const child = await startMortal(`mortal ${index}`)
          ambushes.set(buyer.id, { when, kill: child.kill })
          const mortal = createShopClient({ url: child.url })
          const once = { key: 'once', ...bodyOf(story) }
          const survived = await mortal.request('POST', pathOf(buyer, orderId), { token: buyer.token, ...once })
          if (survived) await child.stop()
          assert.equal(await child.ended, 'SIGKILL', `the provider was never asked: ${JSON.stringify(survived?.body)}`)
          const answer = await asSurvivor().insist('POST', pathOf(buyer, orderId), { login: buyer, ...once })
          assert.equal(answer.status, story.answer, JSON.stringify(answer.body))
          assert.deepEqual(await statusesOf(buyer), [story.ends])
        }),
      ),
    )
    assert.equal(ambushes.size, 0, 'every ambush was met')
  })

  test('afterwards the books of shop and provider agree', async () => {
    assert.deepEqual(await survivor.faults(), [])
  })

  /** Each ambush is met once: what is asked again afterwards passes. */
  function ambushing(real: PaymentProvider): PaymentProvider {
    async function meet<Answer>(orderId: string, book: () => Promise<Answer>): Promise<Answer> {
      const userId = ownerOfId('ord', orderId)!
      const ambush = ambushes.get(userId)
      if (!ambush) return book()
      ambushes.delete(userId)
      if (ambush.when === 'after') await book()
      await ambush.kill()
      throw new Error('nobody is left to read this')
    }
    return {
      ...real,
      charge: (request, signal) => meet(request.orderId, () => real.charge(request, signal)),
      refund: (request, signal) => meet(request.orderId, () => real.refund(request, signal)),
    }
  }

  function startMortal(name: string): Promise<ShopChild> {
    const plan: CrashPlan = { connection: postgres.connection, name, environment: { SANDBOX_URL: provider.url } }
    return startChild([CHILD, JSON.stringify(plan)], { ...process.env, TMPDIR: scratch })
  }

  async function confirmedOrder(buyer: Login): Promise<string> {
    const request = { login: buyer, key: 'before', ...bodyOf(STORIES[0]) }
    const { body } = await asSurvivor().insist('POST', pathOf(buyer, null), request)
    return (body.data as Order).id
  }

  async function statusesOf(buyer: Login): Promise<string[]> {
    const client: ShopClient = asSurvivor()
    const answer = await client.request('GET', `/api/v2/users/${buyer.id}/orders`, { token: buyer.token })
    return (answer!.body.data as Order[]).map(({ status }) => status)
  }
})

function pathOf({ id }: Login, orderId: string | null): string {
  return orderId === null ? `/api/v2/users/${id}/orders` : `/api/v2/orders/${orderId}/cancel`
}

function bodyOf({ asks, paymentMethod }: Pick<(typeof STORIES)[number], 'asks' | 'paymentMethod'>) {
  return asks === 'refund' ? {} : { body: { items: [{ productId: '10', quantity: 1 }], paymentMethod } }
}
