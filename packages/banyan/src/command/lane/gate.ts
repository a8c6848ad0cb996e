import type { Clock } from '../../core/index.ts'

/**
 * Lets a few batches of a process be at the database at a time; the others go on gathering. A checkout passes six batchers:
 * left alone, 64 of them spread over all six and every batch stays small; behind a gate they travel together.
 */
export interface Gate {
  /** Resolves when it is this batch's turn; the order is that of arrival. */
  enter(): Promise<Pass>
}

export interface Pass {
  /** To be called once, when the batch is done. */
  leave(): void
}

export interface GateOptions {
  readonly clock: Clock
  /** Batches at a time. Default 2: one is decided and encoded here while the other is at the database. */
  readonly width?: number
  /** A batch that takes longer (it waits for a lock) makes room for another, milliseconds. Default 10. */
  readonly patienceMs?: number
}

export function createGate({ clock, width = 2, patienceMs = 10 }: GateOptions): Gate {
  const waiting: ((pass: Pass) => void)[] = []
  let inside = 0

  return {
    enter() {
      if (inside < width) return Promise.resolve(admit())
      return new Promise((resolve) => waiting.push(resolve))
    },
  }

  function admit(): Pass {
    inside++
    let counted = true
    const makeRoom = () => {
      if (!counted) return
      counted = false
      inside--
      // A turn later, so that what the finished batch set free joins the batches that wait.
      setImmediate(admitNext)
    }
    const cancel = clock.schedule(patienceMs, makeRoom)
    return {
      leave() {
        cancel()
        makeRoom()
      },
    }
  }

  function admitNext(): void {
    if (inside < width) waiting.shift()?.(admit())
  }
}
