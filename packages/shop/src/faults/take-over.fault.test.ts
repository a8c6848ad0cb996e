import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { startShop, type ShopFixture } from '../testing/shop-fixture.ts'
import { createShopClient, logInCustomers } from './testing/shop-client.ts'
import { takeOver, type TakeOverScene } from './testing/take-over.ts'

const SAGAS = 8

describe('an owner of sagas that falls', () => {
  let postgres: TestPostgres
  let survivor: ShopFixture
  let scene: TakeOverScene
  before(async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'take-over-'))
    postgres = await startTestPostgres({ fsync: false })
    survivor = await startShop({ postgres, name: 'survivor' })
    const [buyer] = await logInCustomers(createShopClient({ url: survivor.url }), 1)
    scene = { postgres, survivor, buyer: buyer!, scratch, sagas: SAGAS }
  })
  after(async () => {
    await survivor?.stop()
    await postgres?.stop()
    await rm(scene.scratch, { recursive: true, force: true })
  })

  // The lease is 3 s, a look each second: 4 s. Five are promised; a busy machine gets a little more.
  test('dead: each of its sagas is taken over within the lease and a look', async () => {
    const { afterMs } = await takeOver(scene, 'dead', 1)
    assert.equal(afterMs.length, SAGAS)
    assert.ok(Math.max(...afterMs) < 8_000, afterMs.join())
  })

  test('stopped: the same, and what it writes when it comes back is refused, and counted', async () => {
    const { afterMs, refused } = await takeOver(scene, 'stopped', 1)
    assert.equal(afterMs.length, SAGAS)
    assert.ok(Math.max(...afterMs) < 8_000, afterMs.join())
    assert.ok(refused > 0)
    assert.deepEqual(await survivor.faults(), [])
  })
})
