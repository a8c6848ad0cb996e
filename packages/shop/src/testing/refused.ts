import assert from 'node:assert/strict'
import { isError, type ErrorFactory } from 'banyan/core'

/** Asserts that the call fails with this declared error. */
export async function refused(call: Promise<unknown>, error: ErrorFactory): Promise<void> {
  await assert.rejects(call, (thrown) => {
    assert.ok(isError(thrown, error), `expected ${error.code}, got ${String(thrown)}`)
    return true
  })
}
