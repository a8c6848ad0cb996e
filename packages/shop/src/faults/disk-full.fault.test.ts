import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createClient, mountSmallDisk } from 'banyan/chaos'
import { systemClock, systemRandom } from 'banyan/core'
import type { Answer } from 'banyan/runtime'
import { logInCustomer } from '../chaos/people.ts'
import { createShopSystem } from './testing/shop-system.ts'

const cannotMount = process.platform !== 'linux' || process.getuid?.() !== 0
const MOST_ORDERS = 400

test(
  'a full disk refuses writes and says so, reads go on, and freed it needs no hand',
  { skip: cannotMount },
  async () => {
    const dataFolder = join(tmpdir(), `banyan-disk-${process.pid}`)
    await using disk = await mountSmallDisk({ folder: dataFolder, megabytes: 200, kept: 'memory' })
    await using system = createShopSystem({ dataFolder, logFile: '/dev/null' })
    await system.start()
    const client = createClient({ urlOf: () => system.url, journal: null, clock: systemClock, random: systemRandom })
    const buyer = await logInCustomer(client, 1)
    const path = `/api/v2/users/${buyer.id}/orders`
    const body = { items: [{ productId: '10', quantity: 1 }], paymentMethod: 'pm_visa' }
    const place = (key: string) => client.request('POST', path, { token: buyer.token, key, body })
    assert.equal((await place('before'))?.status, 201)

    await disk.fill()
    let refused: Answer | null = null
    let key = ''
    for (let number = 1; number <= MOST_ORDERS && refused === null; number++) {
      key = `full-${number}`
      const answer = await place(key)
      assert.ok(answer, 'no answer at all')
      if (answer.status >= 500) refused = answer
    }
    assert.ok(refused, `${MOST_ORDERS} orders fitted on a full disk`)
    assert.ok([503, 507].includes(refused.status), JSON.stringify(refused.body))
    assert.match(refused.body.error!.retry, /^(safe|same-key)$/)
    for (const read of ['/api/v2/products/10', path]) {
      assert.equal((await client.request('GET', read, { token: buyer.token }))?.status, 200, read)
    }

    await disk.free()
    const answer = await client.insist('POST', path, { session: buyer, key, body })
    assert.ok([201, 409].includes(answer.status), JSON.stringify(answer.body))
    const audit = await system.command('audit')
    assert.equal(audit.code, 0, audit.output)
  },
)
