import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reply, type Call } from '../contract/index.ts'
import { coreErrors, isError } from '../core/index.ts'
import { dataErrors } from '../data/index.ts'
import { inThreeParts } from './effect.ts'

const call = {} as Call
const unavailable = () => Promise.reject(dataErrors.UNAVAILABLE({ database: 'payments' }))
const prepare = async () => reply({ kind: 'perform' as const, intent: 1 })
const perform = async () => 'money moved'
const settle = async () => reply('settled')

test('once the intent is recorded no failure says that nothing was applied: a repeat needs the same key', async () => {
  const outcomeUnknown = (error: unknown) => isError(error, coreErrors.UNAVAILABLE) && isSameKey(error)
  await assert.rejects(inThreeParts({ prepare, perform, settle: unavailable })({}, call), outcomeUnknown)
  await assert.rejects(inThreeParts({ prepare, perform: unavailable, settle })({}, call), outcomeUnknown)
})

test('before that it may be repeated as it likes', async () => {
  const run = inThreeParts({ prepare: unavailable, perform, settle })
  await assert.rejects(run({}, call), (error) => isError(error, dataErrors.UNAVAILABLE))
})

test('what perform declares passes as it is', async () => {
  const busy = () => Promise.reject(coreErrors.KEY_IN_USE())
  const run = inThreeParts({ prepare, perform: busy, settle })
  await assert.rejects(run({}, call), (error) => isError(error, coreErrors.KEY_IN_USE))
})

function isSameKey(error: unknown): boolean {
  const { effect, retry } = error as { readonly effect: string; readonly retry: string }
  return effect === 'unknown' && retry === 'same-key'
}
