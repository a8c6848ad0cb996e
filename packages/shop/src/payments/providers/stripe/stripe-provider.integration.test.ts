import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isError, systemClock } from 'banyan/core'
import Stripe from 'stripe'
import { paymentErrors } from '../../errors.ts'
import { refundId } from '../../payment.ts'
import type { Notice, SignedNotice } from '../provider.ts'
import { ask, chargeOf, movesOf, providerSuite } from '../testing/provider-suite.ts'
import { type FakeStripe, startFakeStripe } from '../testing/fake-stripe.ts'
import { createStripeProvider } from './stripe-provider.ts'

const SECRET = 'whsec_fake'
const SIGNAL = new AbortController().signal
let fake: FakeStripe
before(async () => void (fake = await startFakeStripe()))
after(() => fake.stop())

const open = (options: { timeoutMs?: number; secretKey?: string } = {}) =>
  createStripeProvider({
    secretKey: fake.secretKey,
    webhookSecret: SECRET,
    clock: systemClock,
    api: fake.api,
    ...options,
  })

providerSuite('stripe', async () => ({
  provider: open(),
  methods: {
    good: 'pm_card_visa',
    declined: 'pm_card_chargeDeclined',
    unknown: 'pm_nonsense',
    losesAnswer: 'pm_lost',
    failsFirst: 'pm_busy',
  },
  sign: (notice, nowMs) => signText(JSON.stringify(toEvent(notice)), nowMs),
  signText,
  now: systemClock.now,
  close: async () => {},
}))

test('no answer in time is unknown; while the first request runs a repeat is told so, then gets its answer', async () => {
  const provider = open({ timeoutMs: 50 })
  const request = chargeOf('pm_slow')
  const isLost = (error: unknown) => isError(error, paymentErrors.PROVIDER_UNAVAILABLE)
  await assert.rejects(provider.charge(request, SIGNAL), isLost)
  await assert.rejects(provider.charge(request, SIGNAL), (error) => isLost(error) && /409/.test(String(error)))
  const deadline = systemClock.monotonicMs() + 5_000
  let answer = await provider.charge(request, SIGNAL).catch(() => null)
  while (!answer && systemClock.monotonicMs() < deadline)
    answer = await provider.charge(request, SIGNAL).catch(() => null)
  assert.equal(answer?.kind, 'captured')
  assert.deepEqual(await movesOf(provider, request), [['capture', 1_999]])
})

test('a 500 under a key stays a 500: the look-up by metadata finds what was captured', async () => {
  const provider = open()
  const request = chargeOf('pm_broken')
  for (let i = 0; i < 3; i++)
    await assert.rejects(provider.charge(request, SIGNAL), (error) =>
      isError(error, paymentErrors.PROVIDER_UNAVAILABLE),
    )
  assert.equal((await provider.find(request.paymentId, SIGNAL))?.kind, 'captured')
  assert.deepEqual(await movesOf(provider, request), [['capture', 1_999]])
})

test('what was under way in the first answer is read anew: a repeated key would show it under way for ever', async () => {
  const provider = open()
  const request = chargeOf('pm_processing')
  const { paymentId, orderId } = request
  const charged = await provider.charge(request, SIGNAL)
  assert.ok(charged.kind === 'captured')
  const { providerRef } = charged
  const refund = { refundId: refundId(paymentId, 1), paymentId, orderId, providerRef, amountMinor: 1_999 }
  assert.deepEqual(await provider.refund(refund, SIGNAL), { kind: 'refunded' })
  assert.deepEqual(await movesOf(provider, request), [
    ['capture', 1_999],
    ['refund', 1_999],
  ])
})

test('429 moved nothing; a wrong API key is ours to repair', async () => {
  const busy = chargeOf('pm_busy')
  await assert.rejects(open().charge(busy, SIGNAL), (error) => isError(error, paymentErrors.PROVIDER_BUSY))
  const stranger = open({ secretKey: 'sk_test_wrong' })
  await assert.rejects(
    stranger.charge(chargeOf('pm_card_visa'), SIGNAL),
    (error) => isError(error, paymentErrors.PROVIDER_MISUSED) && /Authentication/.test(String(error)),
  )
})

test("a decline names the bank's reason", async () => {
  const provider = open()
  assert.deepEqual(await ask(() => provider.charge(chargeOf('pm_card_insufficient'), SIGNAL)), {
    kind: 'declined',
    reason: 'insufficient_funds',
  })
})

test('a call whose caller has given up is not sent', async () => {
  const provider = open()
  const sent = fake.requests.length
  await assert.rejects(provider.charge(chargeOf('pm_card_visa'), AbortSignal.abort()))
  assert.equal(fake.requests.length, sent)
})

/** Signed by Stripe's own client: our check must agree with theirs. */
function signText(body: string, nowMs: number): SignedNotice {
  const timestamp = Math.floor(nowMs / 1_000)
  const header = new Stripe('sk_test').webhooks.generateTestHeaderString({ payload: body, secret: SECRET, timestamp })
  return { body, headers: { 'stripe-signature': header } }
}

function toEvent(notice: Notice): object {
  switch (notice.kind) {
    case 'captured':
      return intentEvent('payment_intent.succeeded', notice, { id: notice.providerRef })
    case 'declined':
      return intentEvent('payment_intent.payment_failed', notice, { last_payment_error: { code: notice.reason } })
    case 'refunded':
      return refundEvent('refund.updated', notice, { status: 'succeeded' })
    case 'refused':
      return refundEvent('refund.failed', notice, { status: 'failed', failure_reason: notice.reason })
  }
}

function intentEvent(type: string, notice: Notice & { paymentId: string }, more: object): object {
  const { paymentId, amountMinor: amount } = notice
  return {
    type,
    data: { object: { currency: 'usd', amount, amount_received: amount, metadata: { paymentId }, ...more } },
  }
}

function refundEvent(
  type: string,
  { refundId, amountMinor: amount }: Notice & { refundId: string },
  more: object,
): object {
  return { type, data: { object: { amount, metadata: { refundId }, ...more } } }
}
