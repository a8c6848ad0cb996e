import { coreErrors } from '../../core/index.ts'

/** Counts the requests under way and refuses more than the gateway should hold at a time. */
export interface InFlight {
  readonly count: number
  enter(): void
  leave(): void
  /** @throws `api.OVERLOADED` when more than the limit have entered. */
  requireRoom(): void
  /** Resolves when nothing is under way. */
  whenIdle(): Promise<void>
}

export function createInFlight(max: number): InFlight {
  let count = 0
  let idle: PromiseWithResolvers<void> | null = null
  return {
    get count() {
      return count
    },
    enter() {
      count += 1
    },
    leave() {
      count -= 1
      if (count === 0) idle?.resolve()
    },
    requireRoom() {
      if (count > max) throw coreErrors.OVERLOADED({ what: 'The gateway', limit: max })
    },
    whenIdle() {
      if (count === 0) return Promise.resolve()
      idle ??= Promise.withResolvers<void>()
      return idle.promise
    },
  }
}
