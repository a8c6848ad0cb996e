import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isError, systemClock } from 'banyan/core'
import { createDatabase } from 'banyan/data'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { paymentErrors } from '../../errors.ts'
import { refundId } from '../../payment.ts'
import type { Notice, PaymentProvider } from '../provider.ts'
import { signText } from '../signature.ts'
import { createFaultyProvider, type Fault } from '../testing/faulty-provider.ts'
import { ask, chargeOf, movesOf, type ProviderSubject, providerSuite } from '../testing/provider-suite.ts'
import { signSandboxNotice } from './notice.ts'
import { openSandboxBooks } from './open-books.ts'
import { createSandbox } from './sandbox.ts'
import { createSandboxClient } from './sandbox-client.ts'
import { serveSandbox } from './serve-sandbox.ts'

const SECRET = 'a secret of the sandbox'
const SIGNAL = new AbortController().signal
let postgres: TestPostgres
before(async () => void (postgres = await startTestPostgres({ fsync: false })))
after(() => postgres.stop())

providerSuite('sandbox', async () => subjectOf(openSandbox()))

providerSuite('sandbox over HTTP', async () => {
  const sandbox = openSandbox()
  const server = await serveSandbox(sandbox)
  const client = createSandboxClient({ url: server.url, webhookSecret: SECRET, clock: systemClock })
  const close = () => server.stop().then(() => sandbox.stop())
  return { ...subjectOf(client), close }
})

providerSuite('sandbox behind a bad line', async () => {
  const faults: Fault[] = ['lose-answer', 'none', 'lose-request', 'none', 'lose-request', 'lose-answer', 'none']
  let calls = 0
  return subjectOf(createFaultyProvider(openSandbox(), () => faults[calls++ % faults.length]!))
})

test('pm_timeout, pm_error and pm_refund_fails remember their attempts over a restart', async () => {
  const [slow, shaky, sticky] = [chargeOf('pm_timeout'), chargeOf('pm_error'), chargeOf('pm_refund_fails')]
  const first = openSandbox()
  await assert.rejects(first.charge(slow, SIGNAL), (error) => isError(error, paymentErrors.PROVIDER_UNAVAILABLE))
  await assert.rejects(first.charge(shaky, SIGNAL), (error) => isError(error, paymentErrors.PROVIDER_BUSY))
  assert.equal((await first.charge(sticky, SIGNAL)).kind, 'captured')
  const refund = (provider: PaymentProvider, number: number) =>
    provider.refund(
      { ...sticky, refundId: refundId(sticky.paymentId, number), providerRef: null, amountMinor: 1_999 },
      SIGNAL,
    )
  assert.equal((await refund(first, 1)).kind, 'refused')
  assert.equal((await refund(first, 1)).kind, 'refused', 'a repeat is not another attempt')
  assert.equal((await refund(first, 2)).kind, 'refused')
  await first.stop()

  const second = openSandbox()
  assert.equal((await second.charge(slow, SIGNAL)).kind, 'captured')
  await assert.rejects(second.charge(shaky, SIGNAL), (error) => isError(error, paymentErrors.PROVIDER_BUSY))
  assert.equal((await second.charge(shaky, SIGNAL)).kind, 'captured')
  assert.equal((await refund(second, 3)).kind, 'refused')
  assert.equal((await refund(second, 4)).kind, 'refunded')
  assert.deepEqual(await movesOf(second, sticky), [
    ['capture', 1_999],
    ['refund', 1_999],
  ])
  await second.stop()
})

test('charges of one tick share a commit', async () => {
  const sandbox = openSandbox()
  const before = await countCommits()
  const requests = Array.from({ length: 500 }, () => chargeOf('pm_visa'))
  const answers = await Promise.all(requests.map((request) => sandbox.charge(request, SIGNAL)))
  assert.ok(answers.every(({ kind }) => kind === 'captured'))
  await sandbox.stop()
  assert.ok((await countCommits()) - before < 100, '500 charges took 100 commits or more')
})

test('books that cannot be reached are a lost answer', async () => {
  const open = () => openSandboxBooks({ ...postgres.connection, host: '/nowhere' })
  const sandbox = createSandbox({ open, webhookSecret: SECRET, clock: systemClock })
  await assert.rejects(
    ask(() => sandbox.charge(chargeOf('pm_visa'), SIGNAL)),
    (error) => isError(error, paymentErrors.PROVIDER_UNAVAILABLE),
  )
})

test('tells of each outcome once the books are written', async () => {
  const told: Notice[] = []
  const sandbox = openSandbox((notice) => told.push(notice))
  const request = chargeOf('pm_timeout')
  await assert.rejects(sandbox.charge(request, SIGNAL))
  const { paymentId, amountMinor } = request
  assert.deepEqual(told, [{ kind: 'captured', paymentId, amountMinor, providerRef: null }])
  await sandbox.stop()
})

function openSandbox(notify?: (notice: Notice) => void): PaymentProvider {
  const open = () => openSandboxBooks(postgres.connection)
  return createSandbox({ open, webhookSecret: SECRET, clock: systemClock, ...(notify ? { notify } : {}) })
}

function subjectOf(provider: PaymentProvider): ProviderSubject {
  return {
    provider,
    methods: {
      good: 'pm_visa',
      declined: 'pm_insufficient_funds',
      unknown: 'pm_nonsense',
      losesAnswer: 'pm_timeout',
      failsFirst: 'pm_error',
    },
    sign: (notice, nowMs) => signSandboxNotice(notice, { secret: SECRET, nowMs }),
    signText: (body, nowMs) => ({ body, headers: { 'sandbox-signature': signText(SECRET, body, nowMs) } }),
    now: systemClock.now,
    close: () => provider.stop(),
  }
}

async function countCommits(): Promise<number> {
  await using database = createDatabase({ name: 'statistics', connection: postgres.connection })
  // A backend reports its counters when it ends or turns idle; the sandbox's has ended by now.
  const [row] = await database.query<{ commits: string }>(
    "SELECT xact_commit AS commits FROM pg_stat_database WHERE datname = 'postgres'",
  )
  return Number(row!.commits)
}
