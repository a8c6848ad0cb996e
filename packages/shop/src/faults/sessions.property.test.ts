import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { systemClock } from 'banyan/core'
import type { LogSource } from 'banyan/log'
import { simulate, startTestPostgres, type TestPostgres } from 'banyan/testing'
import { startShop, type ShopFixture } from '../testing/shop-fixture.ts'
import { createSession, type Session } from './testing/session.ts'

type What = 'place' | 'cancel' | 'rename' | 'reprice' | 'order' | 'list' | 'history' | 'self' | 'product' | 'catalogue'

interface Step {
  readonly what: What
  /** Which of the two processes answers. */
  readonly process: number
  readonly method: string
}

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom<What>(
    ...(['place', 'place', 'cancel', 'rename', 'reprice', 'reprice'] as const),
    ...(['order', 'list', 'history', 'self', 'product', 'catalogue'] as const),
  ),
  process: fc.nat(1),
  method: fc.constantFrom('pm_visa', 'pm_visa', 'pm_declined', 'pm_timeout'),
})
const PEOPLE = 3
const walks = fc.array(fc.array(step, { minLength: 10, maxLength: 30, size: 'max' }), {
  minLength: PEOPLE,
  maxLength: PEOPLE,
})

describe('sessions over two processes that keep answers in memory', () => {
  let postgres: TestPostgres
  let shops: ShopFixture[]
  let round = 0

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    shops = [await startShop({ postgres, wrapLog: hearLate })]
    shops.push(await startShop({ postgres, wrapLog: hearLate, name: 'two' }))
  })
  after(async () => {
    for (const shop of shops ?? []) await shop.stop()
    await postgres?.stop()
  })

  test('whichever process answers: a client that echoes its token sees its own writes, and never goes back (I12)', async (t) => {
    const counts = { reads: 0, behind: 0, crossed: 0 }
    const property = fc.asyncProperty(walks, async (all) => {
      round++
      const urls = shops.map(({ url }) => url)
      const sessions = await Promise.all(
        all.map((_, index) => createSession({ urls, name: `${round}-${index}`, admin: shops[0]!.admin, counts })),
      )
      await Promise.all(all.map((steps, index) => walk(sessions[index]!, steps)))
    })
    await simulate(t, { name: 'shop.sessions', runs: 5, property })
    t.diagnostic(JSON.stringify(counts))
    assert.ok(counts.crossed > 25, 'reads that another process answered than the write before')
    assert.ok(counts.behind < counts.reads / 10, `${counts.behind} of ${counts.reads} reads were told to wait`)
  })
})

/** Caches and read models hear of everything a while after it happened: else nothing that they keep is ever old. */
function hearLate(source: LogSource): LogSource {
  return {
    ...source,
    async read(after, limit) {
      const events = await source.read(after, limit)
      await systemClock.sleep(LATE_MS)
      return events
    },
  }
}

const LATE_MS = 150

async function walk(session: Session, steps: readonly Step[]): Promise<void> {
  for (const { what, process, method } of steps) await session[what](process, method)
}
