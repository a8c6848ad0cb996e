import { coreErrors, type ErrorFactory } from '../../core/index.ts'
import type { PolicyChanges } from './call-policy.ts'
import { contractFaults } from './contract-faults.ts'
import type { Contract, EventType, Operation } from './contract.ts'

export interface ContractOptions<
  Operations extends Record<string, Operation>,
  Events extends Record<string, EventType>,
> {
  /** `orders`: names the service, its schema and its error area. */
  readonly name: string
  /** The service's own error table, from `defineErrors(name, …)`. */
  readonly errors?: Readonly<Record<string, ErrorFactory>>
  readonly operations: Operations
  /** By name and version: `order-placed.v1`. */
  readonly events?: Events
  /** How calls to the service are protected, where that differs from the defaults. A topology may change it again. */
  readonly policy?: PolicyChanges
}

/**
 * Declares what a service promises.
 * @throws `api.INVALID_OPTIONS` naming every fault at once: the value, what is allowed and the cure.
 */
export function defineContract<
  const Operations extends Record<string, Operation>,
  const Events extends Record<string, EventType> = Record<never, EventType>,
>(options: ContractOptions<Operations, Events>): Contract<Operations, Events> {
  const contract = {
    name: options.name,
    operations: options.operations,
    events: options.events ?? ({} as Events),
    errors: Object.values(options.errors ?? {}),
    ...(options.policy && { policy: options.policy }),
  }
  const faults = contractFaults(contract)
  if (faults.length > 0) {
    throw coreErrors.INVALID_OPTIONS({ subject: `Contract '${options.name}'`, faults: faults.join(' ') })
  }
  return Object.freeze(contract)
}
