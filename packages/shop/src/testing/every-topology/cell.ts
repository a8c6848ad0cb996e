import type { ShopUnderTest } from '../shop-suite/cast.ts'

/** One way to run the shop: a column of the matrix. */
export interface Cell {
  readonly name: string
  /** In few words, what runs. */
  readonly what: string
  start(): Promise<RunningCell>
}

export interface RunningCell extends ShopUnderTest, AsyncDisposable {
  /** Rows at fault of every invariant that is broken, and whatever else must not have happened. */
  faults(): Promise<readonly string[]>
}
