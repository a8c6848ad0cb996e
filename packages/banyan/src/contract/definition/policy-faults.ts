import { optionFaults } from '../../core/index.ts'
import { OperationPolicyChangesSchema, PolicyChangesSchema, type Urgency } from './call-policy.ts'
import type { Contract, Operation } from './contract.ts'

/** What is wrong with what a contract says of the protection of its calls, a sentence each. */
export function servicePolicyFaults({ policy = {} }: Contract): readonly string[] {
  return optionFaults(PolicyChangesSchema, policy).map((fault) => `The policy: ${fault}`)
}

/** The same for one operation. */
export function operationPolicyFaults({ policy = {}, urgency }: Operation): readonly string[] {
  const faults = optionFaults(OperationPolicyChangesSchema, policy).map((fault) => `its policy: ${fault}`)
  if (urgency === undefined || URGENCIES.includes(urgency)) return faults
  return [...faults, `urgency must be one of ${URGENCIES.join(', ')}, got '${String(urgency)}'.`]
}

const URGENCIES: readonly Urgency[] = ['begun', 'read', 'newWork']
