import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineContract, type OperationPolicyChanges, type PolicyChanges } from '../../contract/index.ts'
import { resolvePolicies } from './call-policies.ts'
import { DEFAULT_POLICY } from './policy.ts'
import { store } from './resilience.fixture.ts'

const { read, write } = store.operations

/** The store with a policy of its own, and one of its operation `read`. */
function promise(policy: PolicyChanges, ofRead: OperationPolicyChanges = {}) {
  return defineContract({ name: 'store', policy, operations: { read: { ...read, policy: ofRead }, write } })
}

test('what nobody names keeps its default', () => {
  const { service, of } = resolvePolicies(store)
  assert.deepEqual(service, DEFAULT_POLICY)
  assert.deepEqual(of('read'), { retry: DEFAULT_POLICY.retry, breaker: DEFAULT_POLICY.breaker, bulkhead: null })
})

test('figure by figure the contract changes the defaults, an operation its service, and the topology both', () => {
  const contract = promise(
    { retry: { maxAttempts: 2, firstDelayMs: 10 }, breaker: { openMs: 100 }, bulkhead: { maxInFlight: 50 } },
    { retry: { maxAttempts: 5, firstDelayMs: 20, maxDelayMs: 30 }, bulkhead: { maxInFlight: 5 } },
  )
  const { service, of } = resolvePolicies(contract, {
    policy: { retry: { maxAttempts: 1 }, bulkhead: { maxWaiting: 7 } },
    operations: { read: { breaker: { minCalls: 3 }, bulkhead: { maxWaiting: 1 } } },
  })
  assert.deepEqual(service.bulkhead, { maxInFlight: 50, maxWaiting: 7 })
  assert.deepEqual(of('read').retry, { ...service.retry, maxAttempts: 1, firstDelayMs: 20, maxDelayMs: 30 })
  assert.deepEqual(of('read').breaker, { ...DEFAULT_POLICY.breaker, openMs: 100, minCalls: 3 })
  assert.deepEqual(of('read').bulkhead, { maxInFlight: 5, maxWaiting: 1 })
  assert.deepEqual(of('write'), { retry: service.retry, breaker: service.breaker, bulkhead: null })
})

test('every fault of the topology is reported at once', () => {
  const policy = { retry: { maxAttempts: 0, often: true }, breaker: { failureRatio: 2 }, magic: {}, probe: 5 }
  const overrides = { policy: policy as PolicyChanges, operations: { read: { retry: { maxAttempts: 99 } }, leap: {} } }
  assert.throws(
    () => resolvePolicies(store, overrides),
    ({ message }: Error) => {
      const parts = [
        "'store'",
        "'retry.maxAttempts' must be at least 1",
        '(often)',
        'failureRatio',
        '(magic)',
        "'probe'",
      ]
      for (const part of [
        ...parts,
        "'read': Option 'retry.maxAttempts' must be at most 10",
        "'leap' is no operation",
      ]) {
        assert.ok(message.includes(part), `${part} is missing in ${message}`)
      }
      return true
    },
  )
})

test('and so is every fault of a contract', () => {
  const ofRead = { throttle: {}, retry: { budgetRatio: 0.5 } } as OperationPolicyChanges
  assert.throws(
    () => promise({ breaker: { minCalls: 0 } }, ofRead),
    ({ message }: Error) =>
      ["The policy: Option 'breaker.minCalls'", "'read': its policy", '(throttle)', '(budgetRatio)'].every((part) => {
        assert.ok(message.includes(part), `${part} is missing in ${message}`)
        return true
      }),
  )
})
