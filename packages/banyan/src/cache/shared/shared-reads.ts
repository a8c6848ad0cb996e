import type { Positions } from '../../contract/index.ts'
import type { CachedOperation } from '../cached-operation.ts'
import type { Cause, Kept, Place, WriteRight } from '../layer.ts'

/** The layer that processes share, as the application cache uses it: whatever befalls it, there is an answer. */
export interface SharedReads {
  /** What is kept there, or what this process, or another that was first, fills in. @throws what `fill` throws, nothing else */
  read(
    request: SharedRead,
    fill: () => Promise<Kept>,
  ): Promise<{ readonly kept: Kept; readonly source: 'l2' | 'filled' }>
  /** In the background; until it is done, nothing under the tags is taken from there. `onHeard`: it is done. */
  invalidate(tags: readonly string[], cause: Cause, onHeard?: () => void): void
  /** Asks in the background, and nobody waits: what has not come by the time the command is answered is not had. */
  beginWrite(tags: readonly string[]): SharedStart
  /** What depends on events of this producer is not taken from there. */
  distrust(producer: string): void
  trust(producer: string): void
}

export interface SharedStart {
  right: WriteRight | null
}

export interface SharedRead {
  readonly operation: CachedOperation
  readonly place: Place
  readonly after: Positions
}

/** There is no second layer. */
export const noSharedLayer: SharedReads = Object.freeze({
  read: async (_: SharedRead, fill: () => Promise<Kept>) => ({ kept: await fill(), source: 'filled' as const }),
  invalidate: () => undefined,
  beginWrite: () => ({ right: null }),
  distrust: () => undefined,
  trust: () => undefined,
})
