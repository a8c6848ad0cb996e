import type { FaultPoint } from './points.ts'

/** Named places between effects, at which a fault may be armed. Handed in, like the clock. */
export interface FaultPoints {
  /** False: nobody calls `reach`, so that a place costs one look at a frozen object. */
  readonly isArmed: boolean
  /**
   * @param subject what the point is about, as its table says.
   * @throws FaultInjected where the point is armed to throw. Where it is armed to end the process, it never returns.
   */
  reach(point: FaultPoint, subject?: string): Promise<void>
}

/** Nothing is armed: every process but those of tests and campaigns. */
export const noFaults: FaultPoints = Object.freeze({ isArmed: false, reach: async () => undefined })

/** Thrown by an armed point: no declared error, as no real fault is one. */
export class FaultInjected extends Error {
  constructor(point: FaultPoint) {
    super(`fault injected at ${point}`)
  }
}
