import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { auditApp, type AuditFinding, type CachePlaces } from 'banyan/runtime'
import { startTestPostgres, startTestRedis, type TestPostgres, type TestRedis } from 'banyan/testing'
import { shop } from '../app.ts'
import { startShop, type ShopFixture } from '../testing/shop-fixture.ts'

describe('I11: kept answers beside what the services say', () => {
  let postgres: TestPostgres
  let redis: TestRedis
  let one: ShopFixture
  let two: ShopFixture

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    redis = await startTestRedis()
    const environment = { REDIS_URL: redis.url, HEALTH_ADDRESS: '127.0.0.1:0' }
    one = await startShop({ postgres, name: 'one', environment })
    two = await startShop({ postgres, name: 'two', environment })
  })
  after(async () => {
    await one?.stop()
    await two?.stop()
    await postgres?.stop()
    await redis?.stop()
  })

  test('nothing kept is no proof', async () => {
    const { verdict, checked } = await look({ processes: [] })
    assert.deepEqual([verdict, checked], ['not-checked', 0])
  })

  test('what gateways and Redis keep equals what the services say', async () => {
    const finding = await untilKept(async () => {
      await read(one, '21')
      await read(two, '21')
      await fetch(`${one.url}/api/v2/products/987654`)
      await fetch(`${one.url}/api/v2/products?limit=3`)
    }, 4)
    assert.equal(finding.verdict, 'holds', finding.rows.join('\n'))
    assert.match(
      finding.rows[0]!,
      /^the memory of http:.+: [1-9]\d* compared; the memory of .+; Redis: [1-9]\d* compared$/,
    )
  })

  test('a process that cannot be asked leaves it unchecked, however well the others look', async () => {
    const finding = await untilKept(() => read(one, '22'), 1, { processes: [one.url, 'http://127.0.0.1:1'] })
    assert.equal(finding.verdict, 'not-checked')
    assert.match(finding.rows[0]!, /http:\/\/127\.0\.0\.1:1: not looked into, /)
  })

  test('a stranger sees no such path', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.7' }
    for (const url of [one.url, one.running.health!]) {
      assert.equal((await fetch(`${url}/cache/entries`)).status, 200)
      assert.equal((await fetch(`${url}/cache/entries`, { headers })).status, 404)
    }
  })

  test('a wrong answer is named, in Redis and in the memory that took it from there', async () => {
    const id = await plant()
    const { verdict, rows } = await look({
      processes: [two.running.health!],
      redis: { url: redis.url, prefix: 'banyan' },
    })
    assert.equal(verdict, 'broken')
    const fault = `keeps products.getProduct productId="${id}", which the service answers differently`
    assert.ok(rows.includes(`Redis ${fault}`), rows.join('\n'))
    assert.ok(rows.includes(`the memory of ${two.running.health} ${fault}`), rows.join('\n'))
  })

  /** Puts a wrong answer into Redis, of a product whose answer the other gateway takes from there. */
  async function plant(): Promise<string> {
    for (let id = 23; id < 100; id++) {
      const name = `"{banyan-cache-2}e:products.getProduct\\x20productId=\\"${id}\\""`
      while (!(await redis.command('EXISTS', name)).startsWith(':1')) {
        await read(one, String(id))
        await pause(5)
      }
      await redis.command('HSET', name, 'data', '{}')
      // By its remaining life a layer tells its age: this one is young for a while.
      await redis.command('PEXPIRE', name, '600000')
      // A gateway that has just begun leaves Redis aside until it has heard of what was before it.
      const { headers } = await read(two, String(id))
      if (headers.get('x-cache')?.startsWith('l2-hit')) return String(id)
    }
    throw new Error('the other gateway took nothing from Redis')
  }

  /** Kept answers of the shop end within seconds: so they are made again until the audit has met as many. */
  async function untilKept(fill: () => Promise<unknown>, count: number, places: Partial<CachePlaces> = {}) {
    const processes = [one.running.health!, two.url]
    for (let turn = 0; turn < 20; turn++) {
      await fill()
      const finding = await look({ processes, redis: { url: redis.url, prefix: 'banyan' }, ...places })
      if (finding.checked >= count) return finding
    }
    throw new Error('nothing was kept')
  }

  async function look(caches: CachePlaces): Promise<AuditFinding> {
    const { running } = one
    const findings = await auditApp({ app: shop, running, journal: null, isQuiet: true, caches, settlingMs: 100 })
    return findings.find(({ invariant }) => invariant === 'I11')!
  }
})

function read({ url }: ShopFixture, id: string) {
  return fetch(`${url}/api/v2/products/${id}`)
}
