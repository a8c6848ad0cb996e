import assert from 'node:assert/strict'
import { systemClock } from '../core/index.ts'

/** Patience with a busy machine, not a promise: what must be fast is timed by its test. */
const LIMIT_MS = 60_000

/** Asks again and again until it is so. @throws AssertionError when that takes more than a minute. */
export async function until(isSo: () => boolean | Promise<boolean>, what = 'the condition came true'): Promise<void> {
  const endMs = systemClock.monotonicMs() + LIMIT_MS
  while (!(await isSo())) {
    assert.ok(systemClock.monotonicMs() < endMs, `waited ${LIMIT_MS / 1_000} s until ${what}`)
    await systemClock.sleep(5)
  }
}
