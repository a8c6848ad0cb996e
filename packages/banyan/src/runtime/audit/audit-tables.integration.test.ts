import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { systemClock, type Clock } from '../../core/index.ts'
import { auditLeftovers, auditShardKeys, createDatabase, type Database } from '../../data/index.ts'
import { firstLog } from '../../log/index.ts'
import { auditLeases } from '../../saga/index.ts'
import { platformMigrations, startTestPostgres, type TestPostgres } from '../../testing/index.ts'
import { auditApp, type AuditOptions } from './audit.ts'
import { auditFences } from './audit-fences.ts'
import { isAppRunning, noteOnItsWay } from './on-its-way.ts'
import type { RunningService } from '../services/running-service.ts'

const EVENTS = { area: 'events', folder: new URL('../../events/migrations/', import.meta.url) }
const BANK = [...platformMigrations('bank', new URL('../../testing/migrations/', import.meta.url)), EVENTS]

describe('what the audit reads in tables', () => {
  let postgres: TestPostgres
  let orders: Database
  let payments: Database
  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    orders = createDatabase(await postgres.schema('orders', BANK))
    payments = createDatabase(await postgres.schema('payments', BANK))
  })
  after(async () => {
    await Promise.all([orders?.stop(), payments?.stop()])
    await postgres?.stop()
  })

  test('I15: a participant that obeyed a fence which the owner never handed out is named', async () => {
    const services = [serviceOf('orders', orders), serviceOf('payments', payments)]
    await addSaga('checkout_7_a', { fence: 2 })
    await addFence(payments, 'checkout_7_a', 2)
    assert.deepEqual(await auditFences(services), [{ invariant: 'I15', verdict: 'holds', checked: 2, rows: [] }])
    await addFence(payments, 'checkout_7_b', 3)
    const [finding] = await auditFences(services)
    assert.deepEqual(finding?.rows, ['payments: saga checkout_7_b was seen under fence 3, its owner is at 1'])
  })

  test('I16: a row under another user than its id names is counted, one of an unsharded service is not', async () => {
    assert.deepEqual((await auditShardKeys(payments)).rows, [])
    await payments.query(
      "INSERT INTO banyan_fences (shard_key, saga_id, fence) VALUES (8, 'checkout_7_c', 2), (0, 'checkout_7_d', 2)",
    )
    const { ok, rows } = await auditShardKeys(payments)
    assert.deepEqual([ok, rows], [false, ['banyan_fences.saga_id: 1 row under another user than the id names']])
  })

  test('I18: a transaction that nobody ends is found, and gone when it ends', async () => {
    const server = createDatabase({ name: 'audit', connection: postgres.connection })
    const released = Promise.withResolvers<void>()
    const held = orders.transaction(async (tx) => {
      await tx.query('SELECT pg_advisory_xact_lock(4711::bigint)')
      await released.promise
    })
    try {
      const found = await until(async () => {
        const { rows } = await auditLeftovers(server)
        return rows.length === 2 ? rows.join('\n') : null
      })
      assert.match(
        found,
        /^session \d+ of banyan orders has been in a transaction since [\dT:.-]+Z \(idle in transaction\)$/m,
      )
      assert.match(found, /^session \d+ of banyan orders holds advisory lock 0\/4711 since [\dT:.-]+Z$/m)
      released.resolve()
      await held
      const { rows, checked } = await auditLeftovers(server)
      assert.deepEqual([rows, checked > 0], [[], true])
    } finally {
      released.resolve()
      await server.stop()
    }
  })

  test('I18: a saga that is open under a process that has long been gone is named', async () => {
    await orders.query("INSERT INTO banyan_processes VALUES ('gone', 1, '2026-01-15T10:30:00Z')")
    await addSaga('checkout_7_e', { owner: 'gone' })
    const { rows } = await auditLeases(orders)
    assert.deepEqual(rows, ['saga checkout_7_e is open under gone, whose lease ended at 2026-01-15T10:30:00Z'])
  })

  test('what is on its way: the sagas that were open, not those begun since; and for 15 s at most', async () => {
    await orders.query('DELETE FROM banyan_sagas')
    await addSaga('checkout_7_f', {})
    const onItsWay = await noteOnItsWay(both(), clock)
    await addSaga('checkout_7_g', {})
    assert.equal(await onItsWay.hasArrived(), false)
    waitedMs += 15_000
    assert.equal(await onItsWay.hasArrived(), true)
    waitedMs -= 15_000
    await orders.query(
      "UPDATE banyan_sagas SET status = 'completed', outcome = '{}', ended_at = now() WHERE id = 'checkout_7_f'",
    )
    assert.equal(await onItsWay.hasArrived(), true)
  })

  test('what is on its way: events that a consumer has not come to, in the logs at hand', async () => {
    await orders.query('DELETE FROM banyan_sagas')
    await orders.query(
      "INSERT INTO banyan_log (position, aggregate_id, version, type, payload) VALUES (7, 'o', 1, 'placed', '{}')",
    )
    await payments.query(
      `INSERT INTO banyan_positions (consumer, log, lane, position) VALUES
        ('reads', 'orders/0/1', 0, 7), ('reads', 'orders/0/1', 1, 6), ('reads', 'elsewhere/0/1', 0, 0)`,
    )
    const onItsWay = await noteOnItsWay(both(), clock)
    assert.equal(await onItsWay.hasArrived(), false)
    await payments.query('UPDATE banyan_positions SET position = 8 WHERE lane = 1')
    assert.equal(await onItsWay.hasArrived(), true)
  })

  test('the app runs as long as a process holds a lease for sagas, and where there are none nobody can tell', async () => {
    const services = [serviceOf('payments', payments, null), serviceOf('orders', orders)]
    await orders.query('DELETE FROM banyan_processes')
    assert.equal(await isAppRunning(services), false, 'it never ran')
    await orders.query("INSERT INTO banyan_processes VALUES ('one', 1, now() + interval '3 seconds')")
    assert.equal(await isAppRunning(services), true)
    await orders.query("UPDATE banyan_processes SET lease_until = now() - interval '1 millisecond'")
    assert.equal(await isAppRunning(services), false, 'it was killed')
    assert.equal(await isAppRunning([services[0]!]), true)
  })

  test('what looks wrong is looked at again until nothing is on its way, and not once more when it is well', async () => {
    const lookUntil = async (wellFrom: number, endsAtMs: number) => {
      await orders.query('DELETE FROM banyan_sagas')
      await addSaga('checkout_7_h', {})
      waitedMs = 0
      let looks = 0
      const sleeping: Clock = {
        ...clock,
        async sleep(ms) {
          waitedMs += ms
          if (waitedMs >= endsAtMs) await orders.query('DELETE FROM banyan_sagas')
        },
      }
      const audit = () => {
        const verdict = ++looks >= wellFrom ? ('holds' as const) : ('broken' as const)
        return Promise.resolve([{ invariant: 'I4', verdict, checked: 1, rows: verdict === 'holds' ? [] : ['unsold'] }])
      }
      const service = {
        ...serviceOf('orders', orders),
        log: { log: firstLog('orders'), watermark: () => 0, countUpTo: () => 0 },
      }
      const running = { services: new Map([['orders', service]]), server: null } as unknown as AuditOptions['running']
      const app = { services: [], audit } as unknown as AuditOptions['app']
      const findings = await auditApp({ app, running, journal: null, clock: sleeping, settlingMs: 500 })
      return { looks, waitedMs, verdict: findings.find(({ invariant }) => invariant === 'I4')!.verdict }
    }
    assert.deepEqual(await lookUntil(4, Infinity), { looks: 4, waitedMs: 2_500, verdict: 'holds' })
    assert.deepEqual(await lookUntil(Infinity, 1_500), { looks: 3, waitedMs: 1_500, verdict: 'broken' })
    assert.deepEqual(await lookUntil(Infinity, 500), { looks: 2, waitedMs: 500, verdict: 'broken' })
  })

  let waitedMs = 0
  const clock: Clock = { ...systemClock, monotonicMs: () => waitedMs }

  function both() {
    return [serviceOf('payments', payments), serviceOf('orders', orders)]
  }

  function addSaga(id: string, { fence = 1, owner = 'one' }: { readonly fence?: number; readonly owner?: string }) {
    return orders.query(
      `INSERT INTO banyan_sagas (user_id, id, name, version, subject, input, status, owner, owner_epoch, fence)
       VALUES (7, $1, 'checkout', 1, 'o', '{}', 'running', $2, 1, $3)`,
      [id, owner, fence],
    )
  }

  function addFence(database: Database, id: string, fence: number) {
    return database.query('INSERT INTO banyan_fences (shard_key, saga_id, fence) VALUES (7, $1, $2)', [id, fence])
  }
})

function serviceOf(name: string, database: Database, sagas: object | null = {}): RunningService {
  return {
    name,
    sagas,
    log: { log: firstLog(name) },
    shards: { root: database, all: () => [database] },
  } as unknown as RunningService
}

async function until<T>(look: () => Promise<T | null>): Promise<T> {
  const deadlineMs = systemClock.monotonicMs() + 8_000
  for (;;) {
    const found = await look()
    if (found !== null) return found
    assert.ok(systemClock.monotonicMs() < deadlineMs, 'it did not come to pass within 8 s')
    await systemClock.sleep(50)
  }
}
