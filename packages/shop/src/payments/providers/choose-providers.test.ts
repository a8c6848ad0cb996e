import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isError, systemClock } from 'banyan/core'
import type { ServiceTools } from 'banyan/runtime'
import { paymentErrors } from '../errors.ts'
import { chooseProviders } from './choose-providers.ts'
import { chargeOf } from './testing/provider-suite.ts'

const SIGNAL = new AbortController().signal

function choose(settings: Record<string, string>) {
  const opened: string[] = []
  const databaseOf = (name: string) => {
    opened.push(name)
    return Promise.reject(new Error('no database here'))
  }
  const tools = { settings, clock: systemClock, secret: () => Buffer.alloc(32), databaseOf } as unknown as ServiceTools
  return { providers: chooseProviders(tools), opened }
}

const isLost = (error: unknown) => isError(error, paymentErrors.PROVIDER_UNAVAILABLE)

test('without settings: the sandbox, its books in a database of its own, opened when needed', async () => {
  const { providers, opened } = choose({})
  assert.equal(providers.current.name, 'sandbox')
  assert.ok(!providers.has('stripe'))
  assert.deepEqual(opened, [])
  await assert.rejects(providers.current.charge(chargeOf('pm_visa'), SIGNAL), isLost)
  await assert.rejects(providers.current.charge(chargeOf('pm_visa'), SIGNAL), isLost)
  assert.deepEqual(opened, ['banyan_sandbox', 'banyan_sandbox'], 'a failure to open is not remembered')
  await providers.stop()
})

test('STRIPE_SECRET_KEY: Stripe, and the sandbox for what was paid with it', async () => {
  const { providers } = choose({ STRIPE_SECRET_KEY: 'sk_test_1' })
  assert.equal(providers.current.name, 'stripe')
  assert.equal(providers.get('sandbox').name, 'sandbox')
  assert.throws(
    () => providers.get('paypal'),
    (error) => isError(error, paymentErrors.PROVIDER_MISUSED),
  )
  await assert.rejects(providers.current.readNotice({ body: '{}', headers: {} }), (error) =>
    isError(error, paymentErrors.WEBHOOK_UNSIGNED),
  )
  await providers.stop()
})

test('SANDBOX_URL: a process of its own; nobody there is a lost answer', async () => {
  const { providers, opened } = choose({ SANDBOX_URL: 'http://127.0.0.1:9' })
  await assert.rejects(providers.current.charge(chargeOf('pm_visa'), SIGNAL), isLost)
  assert.deepEqual(opened, [])
  await providers.stop()
})
