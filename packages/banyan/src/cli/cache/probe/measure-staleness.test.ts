import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../../core/index.ts'
import { measureStaleness, type ProbedWrite } from './measure-staleness.ts'
import type { Place } from './place.ts'
import { toRows } from './staleness-rows.ts'

const BOUND_MS = 1_000

test('each layer is judged by its own bound; what never keeps a copy is told apart', async () => {
  const clock = createSteppedClock()
  const subject = createSubject()
  const places = [
    placeOf({ layer: 'l1', boundMs: 0, lateMs: 0 }),
    placeOf({ layer: 'browser', boundMs: 0, lateMs: 1 }),
    placeOf({ layer: 'cdn', boundMs: BOUND_MS, lateMs: BOUND_MS / 2, holds: [true] }),
    placeOf({ layer: 'cdn', boundMs: BOUND_MS, lateMs: BOUND_MS * 2, holds: [true] }),
    placeOf({ layer: 'cdn', boundMs: BOUND_MS, lateMs: 0, holds: [false, true] }),
    placeOf({ layer: 'cdn', boundMs: BOUND_MS, lateMs: Number.POSITIVE_INFINITY, holds: [] }),
  ]
  const { signal } = new AbortController()
  const rows = toRows(await measureStaleness({ places, subject, writes: 1, clock, signal }))
  assert.deepEqual(
    rows.map(({ over, held }) => [over, held]),
    [
      [0, null],
      [1, null],
      [0, 1],
      [1, 1],
      [0, 1],
      [1, 0],
    ],
  )

  interface Described {
    readonly layer: string
    readonly boundMs: number
    readonly lateMs: number
    /** What it says one time after another, then no. */
    readonly holds?: readonly boolean[]
  }

  /** Shows a write that long after it was made. */
  function placeOf({ layer, boundMs, lateMs, holds }: Described): Place {
    const look = async () => `p${clock.monotonicMs() - subject.writtenAtMs() >= lateMs ? 2 : 1}`
    const said = holds?.values()
    return { layer, where: 'here', boundMs, look, ...(said && { holds: async () => said.next().value ?? false }) }
  }

  function createSubject(): ProbedWrite & { writtenAtMs(): number } {
    let writtenAtMs = Number.POSITIVE_INFINITY
    return {
      current: async () => 'p1',
      async write() {
        writtenAtMs = clock.monotonicMs()
        return { token: null }
      },
      writtenAtMs: () => writtenAtMs,
    }
  }
})

/** Moves on by what is waited for. */
function createSteppedClock(): Clock {
  let nowMs = 0
  return {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: async (ms) => void (nowMs += ms),
    schedule: () => () => undefined,
  }
}
