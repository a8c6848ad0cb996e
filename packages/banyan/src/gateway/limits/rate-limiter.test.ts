import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createManualClock } from '../gateway.fixture.ts'
import { createLocalRateLimiter } from './rate-limiter.ts'

describe('the local rate limiter', () => {
  test('lets the whole quota through at once, then none, then one per share of the window', async () => {
    const clock = createManualClock()
    const limiter = createLocalRateLimiter({ limit: 3, windowMs: 1_000, clock })
    const first = Array.from({ length: 4 }, () => limiter.take('a'))
    assert.deepEqual(
      first.map(({ allowed, remaining }) => [allowed, remaining]),
      [
        [true, 2],
        [true, 1],
        [true, 0],
        [false, 0],
      ],
    )
    assert.equal(Math.ceil(first[3]!.resetMs), 334, 'says when the next may come')
    await clock.advance(334)
    assert.equal(limiter.take('a').allowed, true)
    assert.equal(limiter.take('a').allowed, false)
  })

  test('a refused request costs nothing, so that hammering does not lock a client out', async () => {
    const clock = createManualClock()
    const limiter = createLocalRateLimiter({ limit: 1, windowMs: 1_000, clock })
    limiter.take('a')
    for (let i = 0; i < 100; i++) limiter.take('a')
    await clock.advance(1_000)
    assert.equal(limiter.take('a').allowed, true)
  })

  test('any limit gives exactly its quota, also where the share is no round number', () => {
    for (const limit of [1, 3, 7, 300, 997, 1_000]) {
      const limiter = createLocalRateLimiter({ limit, windowMs: 1_000, clock: createManualClock() })
      const taken = Array.from({ length: limit + 5 }, () => limiter.take('a')).filter(({ allowed }) => allowed)
      assert.equal(taken.length, limit)
    }
  })

  test('clients do not share', () => {
    const limiter = createLocalRateLimiter({ limit: 1, windowMs: 1_000, clock: createManualClock() })
    assert.equal(limiter.take('a').allowed, true)
    assert.equal(limiter.take('b').allowed, true)
    assert.equal(limiter.take('a').allowed, false)
  })

  test('what is given back can be taken again', () => {
    const limiter = createLocalRateLimiter({ limit: 1, windowMs: 1_000, clock: createManualClock() })
    for (let i = 0; i < 10; i++) {
      assert.equal(limiter.take('a').allowed, true)
      limiter.giveBack('a')
    }
  })

  test('remembers no more clients than it may: the least recently seen starts anew', () => {
    const limiter = createLocalRateLimiter({ limit: 1, windowMs: 1_000, clock: createManualClock(), maxClients: 2 })
    for (const client of ['a', 'b', 'c']) limiter.take(client)
    assert.equal(limiter.take('c').allowed, false)
    assert.equal(limiter.take('a').allowed, true)
  })
})
