import {
  OperationPolicyChangesSchema,
  PolicyChangesSchema,
  type Contract,
  type OperationPolicyChanges,
  type PolicyChanges,
  type ResiliencePolicy,
} from '../../contract/index.ts'
import { coreErrors, optionFaults } from '../../core/index.ts'
import { DEFAULT_POLICY, mergePolicies, type BreakerPolicy, type BulkheadPolicy, type RetryPolicy } from './policy.ts'

/** What a topology changes of the policies in a contract. */
export interface PolicyOverrides {
  readonly policy?: PolicyChanges
  /** By operation: `{ placeOrder: { retry: { maxAttempts: 1 } } }`. */
  readonly operations?: Readonly<Record<string, OperationPolicyChanges>>
}

/** How the calls of one service are protected, and those of each of its operations. */
export interface CallPolicies {
  readonly service: ResiliencePolicy
  of(operation: string): OperationPolicy
}

export interface OperationPolicy {
  readonly retry: RetryPolicy
  readonly breaker: BreakerPolicy
  /** Its own, inside the service's; `null`: none. */
  readonly bulkhead: BulkheadPolicy | null
}

/**
 * The defaults, changed by the contract, changed by the topology. Where they differ the topology wins, also what it says of the
 * whole service over what the contract says of one operation: who runs the system has the last word.
 * @throws `api.INVALID_OPTIONS` with every fault of the overrides at once.
 */
export function resolvePolicies(contract: Contract, overrides: PolicyOverrides = {}): CallPolicies {
  const { policy = {}, operations = {} } = overrides
  const faults = [...optionFaults(PolicyChangesSchema, policy), ...operationFaults(contract, operations)]
  if (faults.length > 0) {
    throw coreErrors.INVALID_OPTIONS({ subject: `The policy of '${contract.name}'`, faults: faults.join(' ') })
  }
  const promised = mergePolicies(DEFAULT_POLICY, contract.policy ?? {})
  const service = mergePolicies(promised, policy)
  return {
    service,
    of(name) {
      const own = contract.operations[name]?.policy ?? {}
      const chosen = operations[name] ?? {}
      const limit = own.bulkhead || chosen.bulkhead
      return {
        retry: { ...promised.retry, ...own.retry, ...policy.retry, ...chosen.retry },
        breaker: { ...promised.breaker, ...own.breaker, ...policy.breaker, ...chosen.breaker },
        bulkhead: limit ? { ...DEFAULT_POLICY.bulkhead, ...own.bulkhead, ...chosen.bulkhead } : null,
      }
    },
  }
}

function operationFaults({ operations }: Contract, overrides: NonNullable<PolicyOverrides['operations']>): string[] {
  const unknown = Object.keys(overrides).filter((name) => !(name in operations))
  return [
    ...unknown.map((name) => `'${name}' is no operation of it: ${Object.keys(operations).join(', ')}.`),
    ...Object.entries(overrides).flatMap(([name, changes]) =>
      optionFaults(OperationPolicyChangesSchema, changes).map((fault) => `Operation '${name}': ${fault}`),
    ),
  ]
}
