import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_POLICY, parsePolicy, type PolicyChanges } from './policy.ts'

test('what is not named keeps its default', () => {
  assert.deepEqual(parsePolicy('orders'), DEFAULT_POLICY)
  const policy = parsePolicy('orders', { retry: { maxAttempts: 1 }, breaker: { openMs: 100 } })
  assert.deepEqual(policy, {
    ...DEFAULT_POLICY,
    retry: { ...DEFAULT_POLICY.retry, maxAttempts: 1 },
    breaker: { ...DEFAULT_POLICY.breaker, openMs: 100 },
  })
})

test('every fault is reported at once, unknown parts and figures too', () => {
  const faulty = { retry: { maxAttempts: 0, often: true }, breaker: { failureRatio: 2 }, magic: {}, probe: 5 }
  assert.throws(
    () => parsePolicy('orders', faulty as unknown as PolicyChanges),
    ({ message }: Error) =>
      ["'orders'", 'retry.maxAttempts', '(often)', 'breaker.failureRatio', '(magic)', "'probe'"].every((part) => {
        assert.ok(message.includes(part), `${part} is missing in ${message}`)
        return true
      }),
  )
})
