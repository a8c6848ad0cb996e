import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { RateLimiter } from '../../gateway/index.ts'

export interface LimitersUnderTest {
  /** Each has clients of its own. */
  create(quota: { readonly limit: number; readonly windowMs: number }): RateLimiter
  stop(): Promise<void>
}

/** So long that nothing comes back within a test. */
const LONG_MS = 600_000

/** What every rate limiter must do. */
export function rateLimiterSuite(name: string, start: () => Promise<LimitersUnderTest>): void {
  describe(`rate limiter: ${name}`, () => {
    let under: LimitersUnderTest
    before(async () => {
      under = await start()
    })
    after(() => under?.stop())

    test('lets the whole quota through at once, then none, and says when the next may come', async () => {
      const limiter = under.create({ limit: 3, windowMs: LONG_MS })
      const answers = await takeAll(limiter, 'a', 4)
      assert.deepEqual(
        answers.map(({ allowed, remaining }) => [allowed, remaining]),
        [
          [true, 2],
          [true, 1],
          [true, 0],
          [false, 0],
        ],
      )
      assert.equal(Math.ceil(answers[3]!.resetMs / 10_000), 20, 'a third of the window')
    })

    test('any limit gives exactly its quota, also where the share is no round number', async () => {
      for (const limit of [1, 3, 7, 300, 997]) {
        const taken = await takeAll(under.create({ limit, windowMs: LONG_MS }), 'a', limit + 5)
        assert.equal(taken.filter(({ allowed }) => allowed).length, limit)
      }
    })

    test('as many that come at once get no more', async () => {
      const limiter = under.create({ limit: 100, windowMs: LONG_MS })
      const answers = await Promise.all(Array.from({ length: 300 }, async () => limiter.take('a')))
      assert.equal(answers.filter(({ allowed }) => allowed).length, 100)
    })

    test('clients do not share', async () => {
      const limiter = under.create({ limit: 1, windowMs: LONG_MS })
      assert.equal((await limiter.take('a')).allowed, true)
      assert.equal((await limiter.take('b')).allowed, true)
      assert.equal((await limiter.take('a')).allowed, false)
    })

    test('what was spent comes back, however often a client asked in vain', async () => {
      const limiter = under.create({ limit: 2, windowMs: 500 })
      await takeAll(limiter, 'a', 50)
      const startedMs = performance.now()
      while (!(await limiter.take('a')).allowed) {
        assert.ok(performance.now() - startedMs < 5_000, 'it never came back')
        await pause(2)
      }
    })
  })
}

async function takeAll(limiter: RateLimiter, client: string, count: number) {
  const answers = []
  for (let i = 0; i < count; i++) answers.push(await limiter.take(client))
  return answers
}
