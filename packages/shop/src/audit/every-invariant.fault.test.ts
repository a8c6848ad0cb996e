import assert from 'node:assert/strict'
import { appendFile, chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createClient, openJournal, type Journal, type System } from 'banyan/chaos'
import { systemClock, systemRandom } from 'banyan/core'
import { createDatabase, type Database } from 'banyan/data'
import type { AuditFinding, WorkloadClient } from 'banyan/runtime'
import { logInCustomer, type Person } from '../chaos/people.ts'
import { createShopSystem } from '../faults/testing/shop-system.ts'
import { plantings, type PlantedPlace } from './plantings.fixture.ts'

const ORDERS = 9

// Processes, databases and logs of their own: what the audit sees of a monolith says nothing of what it sees of services.
describe('the audit of the shop as services', { skip: process.platform !== 'linux' }, () => {
  const open: Database[] = []
  let folder: string
  let system: System
  let journal: Journal
  let client: WorkloadClient
  let place: PlantedPlace

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'banyan-planted-'))
    await chmod(folder, 0o755) // the database server runs as another user when this is root
    const logFile = join(folder, 'app.log')
    system = createShopSystem({ dataFolder: join(folder, 'data'), logFile, topology: 'microservices' })
    await system.start()
    journal = openJournal(join(folder, 'journal.jsonl'))
    client = createClient({ urlOf: () => system.url, journal, clock: systemClock, random: systemRandom })
    place = { ...(await sell()), journal, client, databaseOf, log: (line) => appendFile(logFile, line) }
  })
  after(async () => {
    await Promise.all(open.map((database) => database.stop()))
    journal?.close()
    await system?.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('finds nothing where nothing is wrong, and has looked at everything', async () => {
    const findings = await until(async () => {
      const seen = await audit()
      return seen.every(({ verdict }) => verdict === 'holds') ? seen : null
    })
    assert.deepEqual(
      findings.flatMap(({ invariant }) => (/^I\d+$/.test(invariant) ? [invariant] : [])),
      plantings.map(({ invariant }) => invariant),
    )
  })

  test('--repair resumes what needs attention: a checkout past its deadline is undone, and the books balance', async () => {
    const [orderId] = place.orderIds.splice(-1)
    const orders = databaseOf('orders')
    await orders.query(
      `UPDATE banyan_sagas SET status = 'running', outcome = NULL, ended_at = NULL, attention = 'planted', owner = 'gone',
         deadline_at = now() - interval '5 minutes' WHERE subject = $1`,
      [orderId],
    )
    await orders.query("UPDATE orders SET status = 'pending' WHERE id = $1", [orderId])
    const [broken] = (await audit()).filter(({ verdict }) => verdict === 'broken')
    assert.match(
      broken?.rows.join('\n') ?? '',
      new RegExp(`order ${orderId} is still pending.*needs attention: planted`),
    )
    await audit('--repair')
    await until(async () => {
      const [row] = await orders.query<{ status: string }>('SELECT status FROM orders WHERE id = $1', [orderId])
      return row!.status === 'cancelled' || null
    })
    const money = (await audit()).filter(({ invariant }) => ['I1', 'I2', 'I3', 'I4', 'I5'].includes(invariant))
    assert.deepEqual(
      money.flatMap(({ rows }) => rows),
      [],
    )
  })

  test('names one planted row of every invariant', async () => {
    const ends = await Promise.all(plantings.map(async ({ plant }) => plant(place)))
    // A kept answer is right for the moment until its product changes again, and no fault then.
    const findings = await until(async () => {
      const seen = await audit()
      return seen.some(({ invariant, verdict }) => invariant === 'I11' && verdict === 'broken') ? seen : null
    })
    for (const end of ends) await end.undo?.()
    for (const [index, { invariant }] of plantings.entries()) {
      const found = findings.find((finding) => finding.invariant === invariant)
      assert.equal(found?.verdict, 'broken', `${invariant} passes although it was broken`)
      assert.match(found.rows.join('\n'), ends[index]!.names, `${invariant} does not name what was broken`)
    }
  })

  test('says first that the app does not run when it does not, and still ends with 1', async () => {
    await system.stop()
    const { code, output } = await system.command('audit')
    assert.equal(code, 1)
    assert.match(output, /^The app does not run, .*\n.* audit again after a minute, .*\n(I1|[a-z.-]+) /m)
  })

  async function audit(...more: readonly string[]): Promise<AuditFinding[]> {
    const over = new AbortController()
    const reading = readOn(over.signal)
    const options = ['--json', '--quiet', '--journal', join(folder, 'journal.jsonl'), '--logs', join(folder, 'app.log')]
    const { stdout, output } = await system.command('audit', ...options, ...more)
    over.abort()
    await reading
    const from = stdout.indexOf('[')
    assert.ok(from >= 0, output)
    return JSON.parse(stdout.slice(from)) as AuditFinding[]
  }

  /** An answer is kept for seconds, and an audit takes some to begin. */
  async function readOn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await client.request('GET', '/api/v2/products/31')
      await systemClock.sleep(100)
    }
  }

  /** Confirmed orders of one buyer, and one that was cancelled. */
  async function sell(): Promise<Pick<PlantedPlace, 'buyer' | 'orderIds' | 'cancelledId'>> {
    const buyer = await logInCustomer(client, 1)
    const orderIds: string[] = []
    for (let number = 1; number <= ORDERS + 1; number++) orderIds.push(await buy(buyer, number))
    const cancelledId = orderIds.shift()!
    const path = `/api/v2/orders/${cancelledId}/cancel`
    assert.equal((await client.insist('POST', path, { session: buyer, key: 'cancel' })).status, 200)
    const read = `/api/v2/orders/${cancelledId}`
    const { status } = (await client.request('GET', read, { token: buyer.token }))!
    client.noteRead({ session: buyer.name, path: read, status, stage: 3 })
    client.noteRead({ session: buyer.name, path: read, status, stage: 3 })
    return { buyer, orderIds, cancelledId }
  }

  async function buy(buyer: Person, number: number): Promise<string> {
    const answer = await client.insist('POST', `/api/v2/users/${buyer.id}/orders`, {
      session: buyer,
      key: `order-${number}`,
      body: { items: [{ productId: String(number), quantity: 1 }], paymentMethod: 'pm_visa' },
    })
    assert.equal(answer.status, 201)
    return (answer.body.data as { readonly id: string }).id
  }

  /** As the server's owner, past everything that keeps services from breaking their own rules. */
  function databaseOf(name: string, schema = name): Database {
    const host = join(folder, 'data', 'postgres')
    const connection = { host, port: 5432, user: 'postgres', database: name }
    // What a planting leaves open is open until the audit has seen it.
    const limits = { connections: 2, connectTimeoutMs: 60_000, idleInTransactionTimeoutMs: 3 * LIMIT_MS }
    const database = createDatabase({ name, connection, schema, limits })
    open.push(database)
    return database
  }
})

const LIMIT_MS = 60_000

async function until<T>(look: () => Promise<T | null>): Promise<T> {
  const endMs = systemClock.monotonicMs() + LIMIT_MS
  for (;;) {
    const found = await look()
    if (found !== null) return found
    assert.ok(systemClock.monotonicMs() < endMs, `it did not come to pass within ${LIMIT_MS} ms`)
    await systemClock.sleep(100)
  }
}
