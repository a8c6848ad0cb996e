import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, describe, test } from 'node:test'
import { createClient } from 'banyan/chaos'
import { faultPoints, systemClock, systemRandom, type FaultPoints } from 'banyan/core'
import { startTestNats, startTestPostgres, type TestNats, type TestPostgres } from 'banyan/testing'
import { logInCustomers } from '../chaos/people.ts'
import { startShop } from '../testing/shop-fixture.ts'
import { playStory } from './testing/crash-matrix/story.ts'
import type { CrashPlan } from './testing/crashing-shop.ts'
import { startChild } from './testing/shop-child.ts'

const CHILD = fileURLToPath(new URL('./testing/crashing-shop.ts', import.meta.url))

describe('fault points', () => {
  let postgres: TestPostgres
  let nats: TestNats
  let scratch: string
  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'points-'))
    postgres = await startTestPostgres({ fsync: false })
    nats = await startTestNats()
  })
  after(async () => {
    await nats?.stop()
    await postgres?.stop()
    await rm(scratch, { recursive: true, force: true })
  })

  test('a run of the shop, from its start to the end of its drain, reaches every one in the table', async () => {
    const reached = new Set<string>()
    const faults: FaultPoints = { isArmed: true, reach: async (point) => void reached.add(point) }
    const environment = { NATS_URL: nats.url }
    const shop = await startShop({ postgres, name: 'survivor', faults, environment })
    const client = createClient({ urlOf: () => shop.url, journal: null, clock: systemClock, random: systemRandom })
    const [buyer, other] = await logInCustomers(client, 2)
    await playStory(client, buyer!, 'walk')
    // Somebody dies half-way, and what it leaves is taken over.
    const plan: CrashPlan = {
      connection: postgres.connection,
      name: 'mortal',
      environment: { BANYAN_FAULTS: 'saga.step-after(orders.checkout/reserve)=exit' },
    }
    const mortal = await startChild([CHILD, JSON.stringify(plan)], { ...process.env, TMPDIR: scratch })
    const basket = { items: [{ productId: '10', quantity: 1 }], paymentMethod: 'pm_visa' }
    const order = { token: other!.token, key: 'orphan', body: basket }
    const dying = createClient({ urlOf: () => mortal.url, journal: null, clock: systemClock, random: systemRandom })
    assert.equal(await dying.request('POST', `/api/v2/users/${other!.id}/orders`, order), null)
    assert.equal(await mortal.ended, 'SIGKILL')
    const path = `/api/v2/users/${other!.id}/orders`
    const answer = await client.insist('POST', path, { session: other!, key: 'orphan', body: basket })
    assert.equal(answer.status, 201)
    await shop.stop()
    assert.deepEqual(
      Object.keys(faultPoints).filter((point) => !reached.has(point)),
      [],
    )
  })
})
