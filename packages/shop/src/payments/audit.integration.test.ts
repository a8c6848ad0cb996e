import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createDatabase, type Database } from 'banyan/data'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { admin, newCharge, type PaymentsFixture, startPayments, undoing } from './testing/payments-fixture.ts'

let postgres: TestPostgres
let payments: PaymentsFixture
/** As superuser, past every guard. */
let intruder: Database
before(async () => {
  postgres = await startTestPostgres({ fsync: false })
  payments = await startPayments({ postgres })
  intruder = createDatabase({ name: 'intruder', connection: postgres.connection, schema: 'payments' })
  for (const method of ['pm_visa', 'pm_visa', 'pm_visa']) await payments.call('charge', newCharge(method))
})
after(async () => {
  await intruder.stop()
  await payments[Symbol.asyncDispose]()
  await postgres.stop()
})

async function faults(): Promise<string[]> {
  const { findings } = (await payments.call('audit', {})).data
  return findings.flatMap(({ invariant, ok, rows }) => (ok ? [] : rows.map((row) => `${invariant} ${row}`)))
}

/** Plants a fault, asks the audit, takes it away again. */
async function planted(fault: string, cure: string, id: string): Promise<string[]> {
  await intrude(fault, id)
  const found = await faults()
  await intrude(cure, id)
  assert.deepEqual(await faults(), [], 'the cure left something')
  return found
}

/** With triggers off, as somebody with every right could. */
function intrude(sql: string, id: string): Promise<void> {
  return intruder.transaction(async (tx) => {
    tx.execute("SELECT set_config('session_replication_role', 'replica', true)")
    tx.execute(sql, [id])
  })
}

test('sound books have no finding, and the facts add up', async () => {
  const charge = newCharge('pm_visa')
  await payments.call('charge', charge)
  const part = { amountMinor: 500, currency: 'USD' } as const
  await payments.call('refundPayment', { paymentId: charge.paymentId, amount: part }, admin)
  const { findings, facts } = (await payments.call('audit', {})).data
  assert.ok(findings.every(({ ok }) => ok))
  assert.deepEqual(new Set(findings.map(({ invariant }) => invariant)), new Set(['I1', 'I3', 'I5']))
  assert.ok(findings.filter(({ checked }) => checked > 0).length >= 3, 'it saw rows')
  assert.deepEqual(facts, {
    'payments.captured': 4,
    'refunds.succeeded': 1,
    capturedMinor: 4 * 1_999,
    refundedMinor: 500,
    'balance.provider_clearing': 4 * 1_999 - 500,
    'balance.sales': -4 * 1_999,
    'balance.refunds': 500,
  })
})

test('it finds a changed ledger, a missing transfer, wrong sums, a stuck charge, money that was kept', async () => {
  const [charge, kept] = [newCharge('pm_visa'), newCharge('pm_visa')]
  await payments.call('charge', charge)
  await payments.call('charge', kept)
  const { paymentId } = charge
  const cases = [
    [
      'UPDATE ledger_transfers SET amount_minor = amount_minor - 1 WHERE transfer_id = $1',
      'UPDATE ledger_transfers SET amount_minor = amount_minor + 1 WHERE transfer_id = $1',
      /^I5 .*its row says 1999, the ledger 1998/,
    ],
    [
      'UPDATE payments SET amount_minor = 2001 WHERE payment_id = $1',
      'UPDATE payments SET amount_minor = 1999 WHERE payment_id = $1',
      /^I5 .*its row says 2001, the ledger 1999/,
    ],
    [
      'UPDATE payments SET refunded_minor = 7 WHERE payment_id = $1',
      'UPDATE payments SET refunded_minor = 0 WHERE payment_id = $1',
      /^I5 .*refunded 7 of/,
    ],
    [
      "UPDATE payments SET compensated_at = now() - interval '1 minute' WHERE payment_id = $1",
      'UPDATE payments SET compensated_at = NULL WHERE payment_id = $1',
      /^I3 .*captured 1999, refunded 0/,
    ],
  ] as const
  for (const [fault, cure, expected] of cases) {
    const found = await planted(fault, cure, paymentId)
    assert.ok(found.length === 1 && expected.test(found[0]!) && found[0]!.includes(paymentId), found.join('\n'))
  }
  await payments.call('refundOrder', undoing(kept))
  const pendingFor = `INSERT INTO payments (user_id, payment_id, status, amount_minor, provider, method, created_at, changed_at, retry_at)
    VALUES (42, $1, 'pending', 5, 'sandbox', 'pm_visa', now() - interval '1 minute', now(), now() + interval '1 hour')`
  const stuck = newCharge('pm_visa').paymentId
  const found = await planted(pendingFor, 'DELETE FROM payments WHERE payment_id = $1', stuck)
  assert.match(found.join(), new RegExp(`^I1 ${stuck} is pending`))
})

test('ledger rows never change: update, delete and truncate are refused, and a missing guard is a finding', async () => {
  for (const sql of [
    'UPDATE ledger_transfers SET amount_minor = 1',
    'DELETE FROM ledger_transfers',
    'TRUNCATE ledger_transfers',
  ])
    await assert.rejects(payments.database.query(sql), /append-only/)
  await intruder.query('ALTER TABLE ledger_transfers DISABLE TRIGGER ledger_is_append_only')
  assert.deepEqual(await faults(), ['I5 the trigger ledger_is_append_only is missing or off'])
  await intruder.query('ALTER TABLE ledger_transfers ENABLE TRIGGER ledger_is_append_only')
})

test('the database itself refuses more refunds than the capture, and a second capture', async () => {
  const charge = newCharge('pm_visa')
  await payments.call('charge', charge)
  const { paymentId } = charge
  const tooMuch = 'UPDATE payments SET refunded_minor = 1500, refunding_minor = 500 WHERE payment_id = $1'
  await assert.rejects(payments.database.query(tooMuch, [paymentId]), /violates check constraint/)
  const second = `INSERT INTO ledger_transfers (user_id, transfer_id, debit, credit, amount_minor, recorded_at)
    VALUES (42, $1, 'provider_clearing', 'sales', 1999, now())`
  await assert.rejects(payments.database.query(second, [paymentId]), /duplicate key/)
})

test('every table has the shard key first in its primary key', async () => {
  const rows = await intruder.query<{ table: string; first: string }>(`
    SELECT c.relname AS table, a.attname AS first
    FROM pg_class c
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
    WHERE c.relnamespace = 'payments'::regnamespace AND c.relkind = 'r' AND c.relname NOT LIKE 'banyan\\_%'
    ORDER BY 1`)
  assert.deepEqual(rows, [
    { table: 'ledger_transfers', first: 'user_id' },
    { table: 'payments', first: 'user_id' },
    { table: 'refunds', first: 'user_id' },
  ])
})
