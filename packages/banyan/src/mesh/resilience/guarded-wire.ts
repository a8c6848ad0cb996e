import type { Wire } from '../../contract/index.ts'
import type { Clock } from '../../core/index.ts'
import { createRecentClock } from '../recent-clock.ts'
import { resolvePolicies, type PolicyOverrides } from './call-policies.ts'
import { createResilientWire, type ResilientWire, type ResilientWireOptions } from './resilient-wire.ts'

export interface GuardedWireOptions extends Omit<ResilientWireOptions, 'policies' | 'attempts' | 'clock'> {
  readonly clock: Clock
  /** What reaches the service: the local wire. */
  readonly wire: Wire
  /** What differs from the contract. */
  readonly overrides?: PolicyOverrides
}

/**
 * The policy of remote calls around any wire: in one process too a service that hangs is given up on, so that nothing behaves
 * differently when it moves out. @throws `api.INVALID_OPTIONS` with every fault of the overrides at once.
 */
export function createGuardedWire({ wire, overrides, ...options }: GuardedWireOptions): ResilientWire {
  const { callEncoded } = wire
  return createResilientWire({
    ...options,
    clock: createRecentClock(options.clock),
    policies: resolvePolicies(options.contract, overrides),
    attempts: {
      call: ({ id, input, call }) => wire.call(id, input, call),
      ...(callEncoded && { callEncoded: ({ id, input, call }) => callEncoded(id, input as never, call) }),
    },
  })
}
