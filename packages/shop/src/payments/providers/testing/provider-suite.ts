import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createOwnedId, isDeclared, isError, relatedId, systemRandom } from 'banyan/core'
import { paymentErrors } from '../../errors.ts'
import { refundId } from '../../payment.ts'
import type { ChargeRequest, Notice, PaymentProvider, ProviderEntry, RefundRequest, SignedNotice } from '../provider.ts'

/** A provider under test, with the names that its world gives to the cases every provider has. */
export interface ProviderSubject {
  readonly provider: PaymentProvider
  readonly methods: {
    readonly good: string
    readonly declined: string
    readonly unknown: string
    /** Captured, but its first answer never arrives. */
    readonly losesAnswer: string
    /** Fails before it captures, then works. */
    readonly failsFirst: string
  }
  /** Signs a notice as the provider does, at this wall time. */
  sign(notice: Notice, nowMs: number): SignedNotice
  /** Signs any text as the provider does. */
  signText(body: string, nowMs: number): SignedNotice
  readonly now: () => number
  close(): Promise<void>
}

/** What the payments service relies on, for every provider. */
export function providerSuite(name: string, create: () => Promise<ProviderSubject>): void {
  void describe(`provider ${name}`, () => {
    let subject: ProviderSubject
    before(async () => void (subject = await create()))
    after(() => subject.close())

    chargeCases(() => subject)
    refundCases(() => subject)
    noticeCases(() => subject)
  })
}

function chargeCases(get: () => ProviderSubject): void {
  void test('captures once, and answers a repeat the same', async () => {
    const { provider, methods } = get()
    const request = chargeOf(methods.good)
    const first = await ask(() => provider.charge(request, SIGNAL))
    assert.equal(first.kind, 'captured')
    assert.deepEqual(await ask(() => provider.charge(request, SIGNAL)), first)
    assert.deepEqual(await movesOf(provider, request), [['capture', 1_999]])
    assert.deepEqual(await ask(() => provider.find(request.paymentId, SIGNAL)), first)
  })

  void test('many calls of one key at once capture once', async () => {
    const { provider, methods } = get()
    const request = chargeOf(methods.good)
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(() => provider.charge(request, SIGNAL))))
    assert.ok(answers.every((answer) => answer.kind === 'captured'))
    assert.deepEqual(await movesOf(provider, request), [['capture', 1_999]])
  })

  void test('declines with a reason, finally, and moves nothing', async () => {
    const { provider, methods } = get()
    for (const method of [methods.declined, methods.unknown]) {
      const request = chargeOf(method)
      const answer = await ask(() => provider.charge(request, SIGNAL))
      assert.ok(answer.kind === 'declined' && answer.reason.length > 0)
      assert.deepEqual(await ask(() => provider.charge(request, SIGNAL)), answer)
      assert.deepEqual(await movesOf(provider, request), [])
    }
  })

  void test('a lost answer comes with the repeat, and the charge was made once', async () => {
    const { provider, methods } = get()
    const request = chargeOf(methods.losesAnswer)
    await assert.rejects(
      provider.charge(request, SIGNAL),
      (error) => isDeclared(error) && error.effect === 'unknown' && error.retry === 'same-key',
    )
    assert.equal((await ask(() => provider.charge(request, SIGNAL))).kind, 'captured')
    assert.deepEqual(await movesOf(provider, request), [['capture', 1_999]])
  })

  void test('a charge that fails at first succeeds under the same key, once', async () => {
    const { provider, methods } = get()
    const request = chargeOf(methods.failsFirst)
    assert.equal((await ask(() => provider.charge(request, SIGNAL))).kind, 'captured')
    assert.deepEqual(await movesOf(provider, request), [['capture', 1_999]])
  })

  void test('a key that comes with another request is refused, and moves nothing', async () => {
    const { provider, methods } = get()
    const request = chargeOf(methods.good)
    await ask(() => provider.charge(request, SIGNAL))
    await assert.rejects(
      ask(() => provider.charge({ ...request, amountMinor: 5 }, SIGNAL)),
      (error) => isError(error, paymentErrors.PROVIDER_MISUSED),
    )
    assert.deepEqual(await movesOf(provider, request), [['capture', 1_999]])
  })

  void test('what it never heard of is not found', async () => {
    const { provider, methods } = get()
    assert.equal(await ask(() => provider.find(chargeOf(methods.good).paymentId, SIGNAL)), null)
  })
}

function refundCases(get: () => ProviderSubject): void {
  void test('gives back in parts, each once, and never more than was captured', async () => {
    const { provider, methods } = get()
    const request = chargeOf(methods.good)
    const charged = await ask(() => provider.charge(request, SIGNAL))
    assert.ok(charged.kind === 'captured')
    const refund = (number: number, amountMinor: number) =>
      ask(() => provider.refund(refundOf(request, { number, amountMinor, providerRef: charged.providerRef }), SIGNAL))
    assert.deepEqual(await refund(1, 999), { kind: 'refunded' })
    assert.deepEqual(await refund(1, 999), { kind: 'refunded' })
    assert.equal((await refund(2, 1_001)).kind, 'refused')
    assert.deepEqual(await refund(3, 1_000), { kind: 'refunded' })
    assert.deepEqual(await movesOf(provider, request), [
      ['capture', 1_999],
      ['refund', 999],
      ['refund', 1_000],
    ])
  })
}

function noticeCases(get: () => ProviderSubject): void {
  const captured = (): Notice => ({
    kind: 'captured',
    paymentId: chargeOf('').paymentId,
    amountMinor: 7,
    providerRef: 'pi_1',
  })

  void test('reads what it signed itself', async () => {
    const { provider, sign, now } = get()
    const [paymentId, amountMinor] = [chargeOf('').paymentId, 7]
    const notices: Notice[] = [
      captured(),
      { kind: 'declined', paymentId, amountMinor, reason: 'card_declined' },
      { kind: 'refunded', refundId: refundId(paymentId, 1), amountMinor },
      { kind: 'refused', refundId: refundId(paymentId, 2), amountMinor, reason: 'expired_or_canceled_card' },
    ]
    for (const notice of notices) assert.deepEqual(await provider.readNotice(sign(notice, now())), notice)
  })

  void test('refuses a notice that is unsigned, changed, old or of another kind', async () => {
    const { provider, sign, signText, now } = get()
    const signed = sign(captured(), now())
    const refusals = [
      [{ ...signed, headers: {} }, paymentErrors.WEBHOOK_UNSIGNED],
      [{ ...signed, body: signed.body.replace('7', '8') }, paymentErrors.WEBHOOK_UNSIGNED],
      [sign(captured(), now() - 301_000), paymentErrors.WEBHOOK_TOO_OLD],
      [sign(captured(), now() + 302_000), paymentErrors.WEBHOOK_TOO_OLD],
      [signText('{"type":"customer.created","kind":"customer.created"}', now()), paymentErrors.WEBHOOK_UNKNOWN],
      [signText('not JSON', now()), paymentErrors.WEBHOOK_UNKNOWN],
    ] as const
    for (const [notice, expected] of refusals) {
      await assert.rejects(provider.readNotice(notice), (error) => isError(error, expected), expected.code)
    }
    assert.ok(await provider.readNotice(sign(captured(), now() - 290_000)), 'an age within the bound is accepted')
  })
}

/** Repeats as the service does, until there is a final answer. */
export async function ask<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      const mayRepeat = isDeclared(error) && !isError(error, paymentErrors.PROVIDER_MISUSED) && attempt < 20
      if (!mayRepeat) throw error
    }
  }
}

export function chargeOf(method: string): ChargeRequest {
  const orderId = createOwnedId('ord', '42', systemRandom)
  return { paymentId: relatedId('pay', orderId), orderId, userId: '42', amountMinor: 1_999, currency: 'USD', method }
}

function refundOf(
  { paymentId, orderId }: ChargeRequest,
  { number, ...more }: { number: number; amountMinor: number; providerRef: string | null },
): RefundRequest {
  return { refundId: refundId(paymentId, number), paymentId, orderId, ...more }
}

/** What the provider's own books say about an order: captures first, refunds by amount. */
export async function movesOf(provider: PaymentProvider, { orderId }: { orderId: string }) {
  const all: ProviderEntry[] = []
  for (let cursor: string | null = null, isFirst = true; isFirst || cursor !== null; isFirst = false) {
    const page: EntryList = await readPage(provider, cursor)
    all.push(...page.entries)
    cursor = page.nextCursor
  }
  return all
    .filter((entry) => entry.orderId === orderId)
    .map(({ kind, amountMinor }) => [kind, amountMinor] as const)
    .toSorted(([kindA, a], [kindB, b]) => kindA.localeCompare(kindB) || a - b)
}

type EntryList = Awaited<ReturnType<PaymentProvider['listEntries']>>

function readPage(provider: PaymentProvider, cursor: string | null): Promise<EntryList> {
  return ask(() => provider.listEntries({ cursor, limit: 10 }, SIGNAL))
}

const SIGNAL = new AbortController().signal
