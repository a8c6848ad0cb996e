import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { reply, type Wire } from 'banyan/contract'
import { coreErrors, systemClock, systemRandom, type Clock } from 'banyan/core'
import { silentLogger } from 'banyan/observe'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { startService, storedEvent, type ServiceFixture } from '../testing/service-fixture.ts'
import type { notifications } from './contract.ts'
import { notificationErrors } from './errors.ts'
import { createMailRound } from './mail-round.ts'
import type { Message, Recipient } from './message.ts'
import { notificationsService } from './service.ts'

const ADA: Recipient = { userId: '42', email: 'ada@example.com', name: 'Ada' }
let postgres: TestPostgres
let service: ServiceFixture<typeof notifications>
let folder: string

const usersWire: Wire = {
  call(operation) {
    assert.equal(operation, 'users.getContact')
    return Promise.resolve(reply([ADA]))
  },
}

before(async () => {
  postgres = await startTestPostgres({ fsync: false })
  folder = await mkdtemp(join(tmpdir(), 'banyan-notifications-'))
  service = await startService(notificationsService, { postgres, wire: usersWire, settings: { MAIL_OUTBOX: folder } })
})

after(async () => {
  await service[Symbol.asyncDispose]()
  await postgres.stop()
  await rm(folder, { recursive: true })
})

beforeEach(() => service.database.query('DELETE FROM mails'))

test('from event to file: once, however often the event comes', async () => {
  const event = confirmed('42')
  await note(event)
  await note(event, confirmed('42'))
  await waitFor(async () => (await statuses()).every((status) => status === 'sent'))
  const files = await readdir(folder)
  assert.equal(files.length, 2)
  const [text] = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  assert.match(text!, /^To: Ada <ada@example.com>\r$/m)
  assert.match(text!, /2 =C3=97 Lamp, \$25\.05 each/)
  assert.match(text!, /Total: \$50\.10/)
})

test('each kind of event has its mail', async () => {
  await service.parts.stop!()
  const cancelled = { orderId: ORDER, userId: '42', reason: 'card-declined', items: null }
  const refunded = {
    paymentId: 'pay',
    orderId: ORDER,
    userId: '42',
    refundId: 'r',
    amount: usd(5),
    refundedTotal: usd(1_005),
  }
  await note(
    storedEvent('orders.order-cancelled.v1', ORDER, cancelled),
    storedEvent('payments.payment-refunded.v1', ORDER, refunded),
  )
  const { sent, round } = roundWith({})
  assert.equal(await round(), 2)
  assert.deepEqual(sent.map(({ subject }) => subject).toSorted(), [
    `A refund for your order ${ORDER}`,
    `Your order ${ORDER} is cancelled`,
  ])
  const texts = sent.map(({ text }) => text).join('\n')
  for (const part of ['because the payment was declined', '$0.05 back', '$10.05 of it'])
    assert.ok(texts.includes(part), part)
})

test('two rounds at once take different mails', async () => {
  await note(...Array.from({ length: 40 }, () => confirmed('42')))
  const first = roundWith({ maxBatch: 30 })
  const second = roundWith({ maxBatch: 30 })
  await Promise.all([first.round(), second.round()])
  const ids = [...first.sent, ...second.sent].map(({ id }) => id)
  assert.equal(ids.length, 40)
  assert.equal(new Set(ids).size, 40)
})

test('a user who was deleted gets no mail, and the row says so', async () => {
  await note(confirmed('42'), confirmed('43'))
  const { sent, round } = roundWith({})
  await round()
  assert.deepEqual(
    sent.map(({ to }) => to.userId),
    ['42'],
  )
  assert.deepEqual(await statuses(), ['sent', 'no-recipient'])
})

test('what fails is tried again later, then needs attention, and can be sent after that', async () => {
  await note(confirmed('42'))
  const clock = createTestClock()
  const failing = roundWith({
    clock,
    maxAttempts: 3,
    fail: () => notificationErrors.MAIL_FAILED({ reason: 'no route' }),
  })
  assert.equal(await failing.round(), 1)
  assert.equal(await failing.round(), 0, 'not due yet')
  for (let attempt = 2; attempt <= 3; attempt++) {
    clock.advance(3_600_000)
    assert.equal(await failing.round(), 1)
  }
  assert.deepEqual(await statuses(), ['needs-attention'])
  clock.advance(3_600_000)
  assert.equal(await failing.round(), 0)
  const audit = await service.call('audit', {})
  assert.equal(audit.data.findings[0]!.ok, false)
  assert.match(audit.data.findings[0]!.rows[0]!, /no route/)

  assert.deepEqual((await service.call('retryMails', {})).data, { mails: 1 })
  const working = roundWith({})
  assert.equal(await working.round(), 1)
  assert.deepEqual(await statuses(), ['sent'])
  assert.deepEqual(working.sent[0]!.id, failing.tried[0]!.id)
  assert.equal((await service.call('audit', {})).data.findings[0]!.ok, true)
})

test('a mail that is refused for good needs attention at once', async () => {
  await note(confirmed('42'))
  await roundWith({ fail: () => notificationErrors.MAIL_REFUSED({ answer: '550 no such user' }) }).round()
  assert.deepEqual(await statuses(), ['needs-attention'])
})

test('while addresses cannot be had, mails wait', async () => {
  await note(confirmed('42'))
  await roundWith({ contacts: () => Promise.reject(coreErrors.UNAVAILABLE({ what: 'users' })) }).round()
  assert.deepEqual(await statuses(), ['waiting'])
})

test('a process that stops in the middle leaves its mails to others when its lease is over; late, it changes nothing', async () => {
  await note(confirmed('42'))
  const clock = createTestClock()
  const { promise: paused, resolve: resume } = Promise.withResolvers<readonly Recipient[]>()
  const slow = roundWith({ clock, contacts: () => paused })
  const pausedRound = slow.round()
  const other = roundWith({ clock })
  await waitFor(async () => (await service.database.query('SELECT 1 FROM mails WHERE attempts = 1')).length === 1)
  assert.equal(await other.round(), 0)
  clock.advance(700_000)
  assert.equal(await other.round(), 1)
  resume([])
  await pausedRound
  assert.deepEqual(await statuses(), ['sent'])
})

interface RoundParts {
  readonly maxBatch?: number
  readonly maxAttempts?: number
  readonly clock?: Clock
  readonly fail?: () => Error
  readonly contacts?: () => Promise<readonly Recipient[]>
}

/** A round over the service's database whose deliveries end in a list. */
function roundWith({ fail, contacts, clock = systemClock, ...options }: RoundParts) {
  const sent: Message[] = []
  const tried: Message[] = []
  const delivery = {
    deliver(message: Message) {
      tried.push(message)
      if (fail) return Promise.reject(fail())
      sent.push(message)
      return Promise.resolve()
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  const round = createMailRound({
    ...options,
    database: service.database,
    delivery,
    contacts: contacts ?? (() => Promise.resolve([ADA])),
    clock,
    random: systemRandom,
    logger: silentLogger,
  })
  return { sent, tried, round }
}

const ORDER = 'ord_42_0000000000000000'

function confirmed(userId: string) {
  const items = [{ productId: '1', name: 'Lamp', quantity: 2, unitPrice: usd(2_505) }]
  return storedEvent('orders.order-confirmed.v1', ORDER, { orderId: ORDER, userId, items, total: usd(5_010) })
}

function note(...events: Parameters<typeof service.deliver>[1]): Promise<void> {
  return service.deliver('notifications.mail', events)
}

async function statuses(): Promise<string[]> {
  const rows = await service.database.query<{ status: string }>('SELECT status FROM mails ORDER BY user_id, event_id')
  return rows.map(({ status }) => status)
}

function usd(amountMinor: number) {
  return { amountMinor, currency: 'USD' as const }
}

/** Wall time that only moves when told to. */
function createTestClock(): Clock & { advance(ms: number): void } {
  let aheadMs = 0
  return { ...systemClock, now: () => systemClock.now() + aheadMs, advance: (ms) => void (aheadMs += ms) }
}

async function waitFor(condition: () => Promise<boolean>, timeoutMs = 5_000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, `not within ${timeoutMs} ms`)
    await systemClock.sleep(10)
  }
}
