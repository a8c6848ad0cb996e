import type { Wire } from '../../contract/index.ts'
import type { Clock } from '../../core/index.ts'
import { createRecentClock } from '../recent-clock.ts'
import { parsePolicy, type PolicyChanges } from './policy.ts'
import { createResilientWire, type ResilientWire, type ResilientWireOptions } from './resilient-wire.ts'

export interface GuardedWireOptions extends Omit<ResilientWireOptions, 'policy' | 'attempts' | 'clock'> {
  readonly clock: Clock
  /** What reaches the service: the local wire. */
  readonly wire: Wire
  /** What differs from the defaults. */
  readonly policy?: PolicyChanges
}

/**
 * The policy of remote calls around any wire: in one process too a service that hangs is given up on, so that nothing behaves
 * differently when it moves out. @throws `api.INVALID_OPTIONS` with every fault of the policy at once.
 */
export function createGuardedWire({ wire, policy, ...options }: GuardedWireOptions): ResilientWire {
  const { callEncoded } = wire
  return createResilientWire({
    ...options,
    clock: createRecentClock(options.clock),
    policy: parsePolicy(options.contract.name, policy),
    attempts: {
      call: ({ id, input, call }) => wire.call(id, input, call),
      ...(callEncoded && { callEncoded: ({ id, input, call }) => callEncoded(id, input as never, call) }),
    },
  })
}
