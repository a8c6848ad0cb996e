import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import type { CacheLayer, Kept, Lease, MemoryLayer, Place } from '../../cache/index.ts'

export interface LayerUnderTest {
  readonly layer: CacheLayer
  stop(): Promise<void>
}

const NOTHING_SEEN = { after: {}, force: false }
const LOG = 'products/0/1'
const WRITE = { kind: 'write', brought: null } as const

/** What every layer of the application cache must do. */
export function cacheLayerSuite(name: string, start: () => Promise<LayerUnderTest>): void {
  describe(`cache layer: ${name}`, () => {
    let under: LayerUnderTest
    let layer: CacheLayer
    before(async () => {
      under = await start()
      layer = under.layer
    })
    after(() => under?.stop())
    let turn = 0
    beforeEach(() => layer.clear())
    beforeEach(() => void (turn += 1))

    // A layer remembers what was changed, beyond the end of a test.
    const at = (position: number) => turn * 100 + position
    const upTo = (position: number) => ({ [LOG]: at(position) })
    const event = (position: number) => ({ kind: 'event', log: LOG, position: at(position) }) as const
    const tag = (name: string) => `${name}-${turn}`
    const place = (key: string, ...tags: string[]): Place => ({ key: tag(key), tags: tags.map(tag) })

    /** An answer as of a row version and a position of the log. */
    const kept = (where: Place, versions: string | null, more: Partial<Kept> = {}): Kept => {
      const data = Buffer.from(`{"is":"${versions}, ünïcode"}`)
      return {
        place: where,
        answer: { data, versions, changedAt: '2026-01-15T10:30:00.000Z' },
        includes: upTo(0),
        ageMs: 5,
        freshForMs: 60_000,
        staleForMs: 10_000,
        fillMs: 5,
        ...more,
      }
    }
    const lease = async (where: Place, force = false): Promise<Lease> => {
      const opened = await layer.open(where, { after: {}, force })
      assert.equal(opened.kind, 'lease')
      return (opened as { lease: Lease }).lease
    }
    const fill = async (where: Place, versions: string | null, more: Partial<Kept> = {}) =>
      layer.store(await lease(where), kept(where, versions, more))
    /** Memory is written to, and then told; a layer that processes share is told what to write. */
    const bring = async (where: Place, versions: string, heard = 0) => {
      const right = await layer.beginWrite(where.tags)
      const answer = kept(where, versions, { includes: upTo(heard) })
      if ('write' in layer) assert.equal((layer as MemoryLayer).write(answer, right), null)
      await layer.invalidate(where.tags, { kind: 'write', brought: { kept: answer, right } })
      assert.equal(await versionsOf(where), versions)
    }
    const versionsOf = async (where: Place, seen = {}) => {
      const opened = await layer.open(where, { after: seen, force: false })
      if (opened.kind === 'lease') await layer.release(opened.lease)
      return opened.kind === 'kept' ? opened.kept.answer.versions : null
    }

    test('what is stored comes back as it was, with its age', async () => {
      const where = place('a', 'x', 'y')
      const answer = kept(where, 'p1.s2', { includes: upTo(7) })
      assert.equal(await layer.store(await lease(where), answer), null)
      const opened = await layer.open(where, NOTHING_SEEN)
      assert.equal(opened.kind, 'kept')
      const { answer: stored, includes, ageMs, freshForMs } = (opened as { kept: Kept }).kept
      assert.deepEqual(Buffer.from(stored.data!), Buffer.from(answer.answer.data!))
      assert.deepEqual([stored.versions, stored.changedAt], ['p1.s2', '2026-01-15T10:30:00.000Z'])
      // Memory holds times, whose difference is a fraction of a nanosecond off.
      assert.deepEqual([includes, Math.round(freshForMs)], [upTo(7), 60_000])
      assert.ok(ageMs >= 5 && ageMs < 5_000, String(ageMs))
    })

    test('"there is no such thing" is an answer', async () => {
      const where = place('absent', 'x')
      await layer.store(
        await lease(where),
        kept(where, null, { answer: { data: null, versions: null, changedAt: null } }),
      )
      const opened = await layer.open(where, NOTHING_SEEN)
      assert.equal(opened.kind === 'kept' && opened.kept.answer.data, null)
    })

    test('one fills, others hear that somebody does; a released right is free', async () => {
      const where = place('a', 'x')
      const first = await lease(where)
      assert.equal((await layer.open(where, NOTHING_SEEN)).kind, 'busy')
      await layer.release(first)
      await lease(where)
    })

    for (const kind of ['write', 'event'] as const) {
      test(`an invalidation (${kind}) takes all under its tags, and nothing else`, async () => {
        const places = [place('a', 'x'), place('b', 'x', 'y'), place('c', 'y')]
        for (const where of places) await fill(where, 'p1')
        await layer.invalidate([tag('x')], kind === 'write' ? WRITE : event(8))
        assert.deepEqual(await Promise.all(places.map((where) => versionsOf(where))), [null, null, 'p1'])
      })
    }

    test('a fill that began before a write does not land after it', async () => {
      const where = place('a', 'x')
      const old = await lease(where)
      await layer.invalidate([tag('x')], WRITE)
      assert.equal(await layer.store(old, kept(where, 'p1')), 'lost')
      assert.equal(await versionsOf(where), null)
    })

    test('nor one that does not include an event, however late it began: a replica may lag', async () => {
      const where = place('a', 'x')
      await layer.invalidate([tag('x')], event(8))
      assert.equal(await fill(where, 'p1', { includes: upTo(7) }), 'older')
      assert.equal(await fill(where, 'p2', { includes: upTo(8) }), null)
      assert.equal(await versionsOf(where), 'p2')
    })

    const rowEvent = (position: number, version: number) =>
      ({ ...event(position), row: { name: 'p', version } }) as const

    test('nor one of a row that is behind its event; one whose row is as new is kept, although its positions are behind', async () => {
      const where = place('a', 'x')
      await layer.invalidate([tag('x')], rowEvent(8, 2))
      assert.equal(await fill(where, 'p1.s9'), 'older')
      assert.equal(await fill(where, null), 'older')
      assert.equal(await fill(where, 's9'), 'older')
      assert.equal(await fill(where, 'p2.s9'), null)
      assert.equal(await versionsOf(where), 'p2.s9')
    })

    test('what a writer brought outlives the event of its write, and falls to the next', async () => {
      const where = place('a', 'x')
      await fill(where, 'p1.s1')
      await bring(where, 'p2.s1')
      await layer.invalidate([tag('x')], rowEvent(8, 2))
      assert.equal(await versionsOf(where), 'p2.s1')
      await layer.invalidate([tag('x')], event(9))
      assert.equal(await versionsOf(where), null, 'an event of no row ends it')
      await bring(where, 'p2.s2', 9)
      await layer.invalidate([tag('x')], rowEvent(10, 3))
      assert.equal(await versionsOf(where), null, 'as a later one of its row does')
    })

    test('an answer under the same tag of whose rows nothing is known falls to the event all the same', async () => {
      const [where, other] = [place('a', 'x'), place('list', 'x')]
      await bring(where, 'p2.s1')
      assert.equal(await fill(other, 's9'), null)
      await layer.invalidate([tag('x')], rowEvent(8, 2))
      assert.equal(await versionsOf(other), null)
    })

    test('nor does one of a lagging replica outlive it behind what a writer brought', async () => {
      const [where, other] = [place('a', 'x'), place('b', 'x')]
      await bring(where, 'p2.s1')
      await fill(other, 'p1.s1')
      await layer.invalidate([tag('x')], rowEvent(8, 2))
      assert.equal(await versionsOf(other), null)
    })

    test('an event that came before counts once', async () => {
      const where = place('a', 'x')
      await layer.invalidate([tag('x')], event(8))
      await fill(where, 'p2', { includes: upTo(8) })
      await layer.invalidate([tag('x')], event(8))
      await layer.invalidate([tag('x')], event(3))
      assert.equal(await versionsOf(where), 'p2')
    })

    test('a fill that was on its way when everything was forgotten is not kept', async () => {
      const where = place('a', 'x')
      const old = await lease(where)
      await layer.clear()
      assert.equal(await layer.store(old, kept(where, 'p1')), 'lost')
    })

    test('rows never go back, whoever comes last; where neither is newer, nothing stays', async () => {
      const where = place('a', 'x')
      await fill(where, 'p2.s5')
      const again = async (versions: string) => {
        const right = await layer.open(where, { after: upTo(1), force: true })
        return layer.store((right as { lease: Lease }).lease, kept(where, versions))
      }
      assert.equal(await again('p2.s4'), 'older')
      assert.equal(await versionsOf(where), 'p2.s5')
      assert.equal(await again('p2.s10'), null)
      assert.equal(await versionsOf(where), 'p2.s10')
      assert.equal(await again('p3.s9'), 'older')
      assert.equal(await versionsOf(where), null)
    })

    test('who has seen more than an answer includes does not get it', async () => {
      const where = place('a', 'x')
      await fill(where, 'p1', { includes: upTo(7) })
      assert.equal(await versionsOf(where, upTo(7)), 'p1')
      assert.equal(await versionsOf(where, upTo(8)), null)
      assert.equal(await versionsOf(where, { 'orders/0/1': 1 }), null)
    })

    test('an answer that has had its time is not given', async () => {
      const where = place('a', 'x')
      await fill(where, 'p1', { ageMs: 60_001 })
      assert.equal(await versionsOf(where), null)
    })
  })
}
