import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createClient, type Client, type Principal } from 'banyan/contract'
import { isError, systemClock, systemRandom } from 'banyan/core'
import { silentLogger } from 'banyan/observe'
import { startProcess, type RunningProcess } from 'banyan/runtime'
import { decideAddWish } from './add-wish.ts'
import { app } from './app.ts'
import { MAX_WISHES, wishlist, wishlistErrors } from './contract.ts'

const ada: Principal = { kind: 'user', id: '1', role: 'customer', scopes: null, sessionId: null }

describe('the wishlist of docs/how-to/add-a-service.md', () => {
  let running: RunningProcess
  let client: Client<typeof wishlist>
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'banyan-example-'))
    running = await startProcess({ app, environment: { BANYAN_DATA: folder }, mode: 'tools', logger: silentLogger })
    client = createClient(wishlist, running.wire, { principal: ada, clock: systemClock, random: systemRandom })
  })

  after(async () => {
    await running?.stop()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  test('adds wishes, each once, whoever asks at the same time', async () => {
    const products = ['a', 'b', 'c', 'a', 'b', 'c']
    await Promise.all(products.map((productId) => client.addWish({ userId: '1', productId })))
    const { productIds } = await client.getWishlist({ userId: '1' })
    assert.deepEqual([...productIds].sort(), ['a', 'b', 'c'])
  })

  test('a repeat of a key gets the first answer again, and nothing is done twice', async () => {
    const ask = () => client.addWish.reply({ userId: '1', productId: 'd' }, { key: 'wish-1' })
    const first = await ask()
    await client.addWish({ userId: '1', productId: 'e' })
    const second = await ask()
    assert.equal(second.replayed, true)
    assert.deepEqual(second.data, first.data)
  })

  test('a full wishlist refuses', () => {
    const wishes = Array.from({ length: MAX_WISHES }, (_, at) => ({ userId: '1', number: at + 1, productId: `p${at}` }))
    const decision = decideAddWish(wishes, { userId: '1', productId: 'one-more' })
    assert.ok(decision.kind === 'refuse' && isError(decision.error, wishlistErrors.FULL))
  })
})
