import type { Clock } from '../clock.ts'
import type { Random } from '../random.ts'
import type { ArmedFault, FaultAction } from './armed-fault.ts'
import { FaultInjected, noFaults, type FaultPoints } from './fault-points.ts'
import type { FaultPoint } from './points.ts'

export interface ArmOptions {
  readonly faults: readonly ArmedFault[]
  readonly clock: Clock
  readonly random: Random
  /**
   * Called before a fault acts, with its place among `faults`; what it writes proves that the fault happened. False: another
   * process or an earlier life has done it, and this one must not.
   */
  readonly claim: (index: number, fault: ArmedFault) => boolean
  /** Ends this process at once: no handler runs, nothing is flushed. */
  readonly kill: () => void
}

export function armFaults(options: ArmOptions): FaultPoints {
  const { faults, random, claim } = options
  if (faults.length === 0) return noFaults
  const reached = faults.map(() => 0)
  return { isArmed: true, reach }

  async function reach(point: FaultPoint, subject?: string): Promise<void> {
    for (const [index, fault] of faults.entries()) {
      if (fault.point !== point || (fault.subject !== null && fault.subject !== subject)) continue
      if (isDue(fault, ++reached[index]!) && claim(index, fault)) await act(options, fault.action, point)
    }
  }

  function isDue({ timing }: ArmedFault, count: number): boolean {
    return timing.kind === 'nth' ? count === timing.nth : random.unit() < timing.probability
  }
}

async function act({ clock, kill }: ArmOptions, action: FaultAction, point: FaultPoint): Promise<void> {
  switch (action.kind) {
    case 'exit':
      kill()
      return forever()
    case 'hang':
      return forever()
    case 'delay':
      return clock.sleep(action.ms)
    case 'throw':
    case 'commit-then-throw':
      throw new FaultInjected(point)
  }
}

/** The signal may take a moment to arrive; until then nothing goes on. */
function forever(): Promise<never> {
  return new Promise(() => undefined)
}
