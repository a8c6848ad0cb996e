import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { AnyCommandHandler, AnyEffectHandler, CommandItem } from 'banyan/command'
import type { Transaction } from 'banyan/data'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import fc from 'fast-check'
import { commandItem } from '../testing/command-item.ts'
import type { Answer, Intent } from './operations/intent.ts'
import { refundId } from './payment.ts'
import type { Notice, RefundAnswer } from './providers/provider.ts'
import { admin, newCharge, type PaymentsFixture, startPayments, undoing } from './testing/payments-fixture.ts'

type Charge = ReturnType<typeof newCharge>
type Item = CommandItem<unknown, unknown>
type Handler = AnyCommandHandler<unknown, unknown>

describe('a batch equals one after another', () => {
  let postgres: TestPostgres
  let payments: PaymentsFixture
  let charges: Charge[]
  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    payments = await startPayments({ postgres, graceMs: 3_600_000 })
    charges = await everyState(payments)
  })
  after(async () => {
    await payments[Symbol.asyncDispose]()
    await postgres.stop()
  })

  const charge = fc.nat().map((index) => charges[index % charges.length]!)
  const refundAnswer = fc.constantFrom<RefundAnswer>({ kind: 'refunded' }, { kind: 'refused', reason: 'no' })
  const chargeAnswer = fc.constantFrom<Answer['charge']>(
    { kind: 'captured', providerRef: 'pi_1' },
    { kind: 'declined', reason: 'no' },
    { kind: 'unresolved' },
  )

  const LANES: Record<string, { part: 'prepare' | 'settle'; item: fc.Arbitrary<Item> }> = {
    charge: { part: 'prepare', item: charge.map((input) => commandItem(input)) },
    'charge settle': { part: 'settle', item: fc.tuple(charge, chargeAnswer).map(settleCharge) },
    refundOrder: { part: 'prepare', item: charge.map((input) => commandItem(undoing(input))) },
    'refundOrder settle': { part: 'settle', item: fc.tuple(charge, chargeAnswer, refundAnswer).map(settleOrder) },
    refundPayment: {
      part: 'prepare',
      item: fc.tuple(charge, fc.constantFrom(100, 600, 1_999, undefined)).map(([{ paymentId }, amountMinor]) => {
        const amount = amountMinor === undefined ? {} : { amount: { amountMinor, currency: 'USD' } }
        return commandItem({ paymentId, ...amount }, admin)
      }),
    },
    resolvePayment: { part: 'prepare', item: charge.map(({ paymentId }) => commandItem({ paymentId })) },
  }

  for (const [name, { part, item }] of Object.entries(LANES)) {
    test(name, async () => {
      const { handler } = payments.parts.handlers[name.split(' ')[0] as 'charge']
      await compare((handler as unknown as AnyEffectHandler<never, never>)[part] as Handler, item)
    })
  }

  test('receiveWebhook', async () => {
    const kind = fc.constantFrom('captured', 'declined', 'refunded', 'refused')
    const item = fc.tuple(charge, kind).map(([one, what]) => webhook(one, what))
    await compare(payments.parts.handlers.receiveWebhook.handler as Handler, item)
  })

  async function compare(handler: Handler, item: fc.Arbitrary<Item>): Promise<void> {
    const seen = { accept: 0, refuse: 0, throw: 0 }
    await fc.assert(
      fc.asyncProperty(fc.array(item, { minLength: 1, maxLength: 10 }), async (items) => {
        const together = await tryOut(handler, [items])
        const apart = await tryOut(
          handler,
          items.map((one) => [one]),
        )
        assert.deepEqual(together, apart)
        for (const { kind } of together.results) seen[kind]++
      }),
      { numRuns: 60 },
    )
    assert.ok(seen.accept > 10, `something was accepted: ${JSON.stringify(seen)}`)
  }

  /** What the groups answer and leave behind, each group a batch; then all is rolled back. */
  async function tryOut(handler: Handler, groups: readonly (readonly Item[])[]) {
    const rollback = new Error('rollback')
    const results: Result[] = []
    let tables: unknown
    await assert.rejects(
      payments.database.transaction(async (tx) => {
        for (const items of groups) results.push(...(await runBatch(handler, tx, items)))
        tables = await tx.query(SNAPSHOT)
        throw rollback
      }),
      rollback,
    )
    return { results, tables }
  }
})

interface Result {
  readonly kind: 'accept' | 'refuse' | 'throw'
  readonly said: string
}

/** As the platform does: an item whose decision throws fails alone. */
async function runBatch(handler: Handler, tx: Transaction, items: readonly Item[]): Promise<Result[]> {
  const state: unknown = await handler.load(tx, items)
  const changes: unknown[] = []
  const results = items.map((item): Result => {
    try {
      const decision = handler.decide(state, item)
      for (const change of decision.changes) handler.evolve(state, change)
      changes.push(...decision.changes)
      return { kind: decision.kind, said: toText({ ...decision, changes: decision.changes.length }) }
    } catch (error) {
      return { kind: 'throw', said: String(error) }
    }
  })
  if (changes.length > 0) handler.save(tx, changes, state)
  return results
}

function toText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part))
}

/** A payment in each state that a command can find it in. */
async function everyState(payments: PaymentsFixture): Promise<Charge[]> {
  const ignore = () => null
  const [absent, open, captured, declined, forbidden, partly, back, doubtful] = [
    'pm_visa',
    'pm_timeout',
    'pm_visa',
    'pm_declined',
    'pm_visa',
    'pm_visa',
    'pm_visa',
    'pm_error',
  ].map((method) => newCharge(method)) as [Charge, Charge, Charge, Charge, Charge, Charge, Charge, Charge]
  for (const one of [open, captured, declined, partly, back, doubtful]) await payments.call('charge', one).catch(ignore)
  for (const one of [forbidden, back]) await payments.call('refundOrder', undoing(one))
  const amount = { amountMinor: 700, currency: 'USD' } as const
  await payments.call('refundPayment', { paymentId: partly.paymentId, amount }, admin)
  return [absent, open, captured, declined, forbidden, partly, back, doubtful]
}

function toIntent({ paymentId, orderId, userId, amount, paymentMethod: method }: Charge): Intent {
  const request = { paymentId, orderId, userId, ...amount, method }
  const refund = { paymentId, orderId, refundId: refundId(paymentId, 1), providerRef: null, amountMinor: 1_999 }
  const planned = { number: 1, cause: 'compensation', note: null, request: refund } as const
  return { provider: 'sandbox', charge: { request, ask: 'send' }, refunds: [planned] }
}

function settleCharge([input, charge]: [Charge, Answer['charge']]): Item {
  if (!charge) throw new Error('a charge was asked for')
  return commandItem({ input, intent: toIntent(input), answer: { charge, refunds: [] } })
}

function settleOrder([one, charge, answer]: [Charge, Answer['charge'], RefundAnswer]): Item {
  const intent = toIntent(one)
  const refunds = charge?.kind === 'captured' ? [{ planned: intent.refunds[0]!, answer }] : []
  return commandItem({ input: undoing(one), intent, answer: { charge, refunds } })
}

function webhook({ paymentId }: Charge, kind: string): Item {
  const isCharge = kind === 'captured' || kind === 'declined'
  const subject = isCharge ? { paymentId } : { refundId: refundId(paymentId, 1) }
  const notice = { kind, ...subject, amountMinor: isCharge ? 1_999 : 700, reason: 'no', providerRef: null } as Notice
  return commandItem(
    { provider: 'sandbox', body: '', headers: {} },
    { precomputed: { notice, paymentId, number: isCharge ? null : 1 } },
  )
}

// The time of a row's last change is the database's own.
const SNAPSHOT = `
  SELECT (SELECT jsonb_agg(to_jsonb(p) - 'changed_at' ORDER BY payment_id) FROM payments AS p) AS payments,
         (SELECT json_agg(r ORDER BY payment_id, number) FROM refunds AS r) AS refunds,
         (SELECT json_agg(t ORDER BY transfer_id) FROM ledger_transfers AS t) AS transfers`
