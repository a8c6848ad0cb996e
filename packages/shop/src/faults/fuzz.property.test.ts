import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { startShop, type ShopFixture } from '../testing/shop-fixture.ts'
import { readOperations, type ApiOperation } from './testing/api-document.ts'
import { createCast, type Cast } from './testing/fuzz-cast.ts'
import { checkAnswer } from './testing/fuzz-answers.ts'
import { fuzzRequests, type FuzzRequest } from './testing/fuzz-requests.ts'
import { createRawSender, type RawSender } from './testing/raw-request.ts'

const REQUESTS = 20_000
const AT_ONCE = 20
/** Made up together. Only at the end of a batch are fewer than `AT_ONCE` on their way, until its slowest answer. */
const BATCH = 1_000
/** By far more than it takes; what is then missing is told. */
const LIMIT_MS = 240_000
/** Seeds that once failed; they come first. */
const SEEDS = new URL('./fuzz-seeds.json', import.meta.url)

describe('whatever is asked of the API', () => {
  let postgres: TestPostgres
  let shop: ShopFixture
  let sender: RawSender
  let operations: ApiOperation[]
  let cast: Cast
  /** How often each operation answered with each status. */
  const seen = new Map<string, number>()

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    shop = await startShop({ postgres })
    sender = createRawSender(shop.url, AT_ONCE)
    operations = readOperations(await (await fetch(`${shop.url}/openapi.json`)).json())
    cast = await createCast(shop.url)
  })
  after(async () => {
    sender?.[Symbol.dispose]()
    await shop?.stop()
    await postgres?.stop()
  })

  test(`${REQUESTS} requests: never a fault of ours, each answer as the document says`, async (t) => {
    const stored = JSON.parse(readFileSync(SEEDS, 'utf8')) as number[]
    for (const seed of stored) await run(seed, 2_000)
    const seed = Date.now() % 2_147_483_647
    t.diagnostic(`seed ${seed}`)
    try {
      await run(seed, REQUESTS)
    } catch (error) {
      writeFileSync(SEEDS, `${JSON.stringify([...stored, seed])}\n`)
      throw error
    }
  })

  test('it met every operation, in success and in failure', (t) => {
    const asked = [...seen.values()].reduce((sum, count) => sum + count, 0)
    assert.ok(asked >= REQUESTS, `only ${asked} requests within ${LIMIT_MS} ms`)
    const ids = [...new Set(operations.map(({ id }) => id))]
    assert.ok(ids.length >= 25, `only ${ids.length} operations`)
    for (const id of ids)
      t.diagnostic(
        `${id}: ${[...seen]
          .filter(([name]) => name.startsWith(`${id} `))
          .map(([name, count]) => `${count} × ${name.split(' ')[1]}`)
          .join(', ')}`,
      )
    const met = (id: string, digit: string) => [...seen.keys()].some((name) => name.startsWith(`${id} ${digit}`))
    assert.deepEqual(
      ids.filter((id) => !met(id, '4')),
      [],
    )
    // A refresh token cannot be guessed, nor a signature; and nobody here knows two passwords.
    const unreachable = new Set(['users.refreshSession', 'payments.receiveWebhook', 'users.changePassword'])
    const anything = { success: true, data: { odd: 1 }, meta: {} }
    assert.ok(
      operations.every((operation) => !operation.matches(200, anything)),
      'a schema that allows anything',
    )
    assert.deepEqual(
      ids.filter((id) => !met(id, '2') && !unreachable.has(id)),
      [],
    )
  })

  test('afterwards the books balance', async () => {
    assert.deepEqual(await shop.faults(), [])
  })

  async function run(seed: number, requests: number): Promise<void> {
    const batch = fc.array(fuzzRequests(operations), { minLength: BATCH, maxLength: BATCH })
    const property = fc.asyncProperty(batch, async (some) => {
      const next = some.values()
      const ask = async () => {
        for (const request of next) await askOne(request)
      }
      const everything = Promise.all(Array.from({ length: AT_ONCE }, ask))
      await everything.finally(() => Array.from(next)) // of a batch that failed the rest is not asked
    })
    await fc.assert(property, { seed, numRuns: requests / BATCH, interruptAfterTimeLimit: LIMIT_MS })
  }

  async function askOne(request: FuzzRequest): Promise<void> {
    const raw = cast.toRaw(request)
    const answer = await sender.send(raw)
    try {
      const parsed = checkAnswer(request, answer, operations)
      if (parsed?.success) cast.learn(parsed)
    } catch (cause) {
      throw new Error(
        `${raw.method} ${raw.path} as ${request.who} ${JSON.stringify(raw.headers)}: ${raw.body?.slice(0, 1_000)}`,
        { cause },
      )
    }
    const name = `${request.operation?.id ?? 'stray'} ${answer.status}`
    seen.set(name, (seen.get(name) ?? 0) + 1)
  }
})
