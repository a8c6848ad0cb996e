import { systemClock } from 'banyan/core'
import { assembleCast, type Cast } from '../shop-suite/cast.ts'
import type { Cell, RunningCell } from './cell.ts'

/** A row of the matrix. @throws where the shop does not do what it promises. */
export interface Part {
  readonly name: string
  readonly run: (cast: Cast, shop: RunningCell) => Promise<unknown>
}

/** A field of the matrix. */
export interface Outcome {
  readonly part: string
  readonly tookMs: number
  /** `null`: it passed. */
  readonly error: unknown
}

export interface CellReport {
  readonly cell: string
  readonly outcomes: readonly Outcome[]
}

/** The rows around the parts: a shop that cannot be started or stopped has failed, too. */
export const START = 'start'
export const STOP = 'stop'

/** Starts the cell, plays the parts one after the other and stops it. What fails does not keep the rest from running. */
export async function runCell(
  cell: Cell,
  parts: readonly Part[],
  tell: (outcome: Outcome) => void,
): Promise<CellReport> {
  const outcomes: Outcome[] = []
  const opened = await attempt(START, async () => {
    const shop = await cell.start()
    return { shop, cast: await assembleCast(shop) }
  })
  if (opened) {
    const { shop, cast } = opened
    for (const { name, run } of parts) await attempt(name, () => run(cast, shop))
    await attempt(STOP, () => shop[Symbol.asyncDispose]())
  }
  return { cell: cell.name, outcomes }

  async function attempt<Result>(part: string, work: () => PromiseLike<Result>): Promise<Result | null> {
    const startedMs = systemClock.monotonicMs()
    const note = (error: unknown) => {
      const outcome = { part, tookMs: systemClock.monotonicMs() - startedMs, error }
      outcomes.push(outcome)
      tell(outcome)
    }
    try {
      const result = await work()
      note(null)
      return result
    } catch (error) {
      note(error)
      return null
    }
  }
}
