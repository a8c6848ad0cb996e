import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startSmtpServer } from '../../testing/smtp-server.ts'
import { refused } from '../../testing/refused.ts'
import { notificationErrors } from '../errors.ts'
import type { Message } from '../message.ts'
import type { Delivery } from './delivery.ts'
import { createFileOutbox } from './file-outbox.ts'
import { createSmtpDelivery } from './smtp.ts'

const from = { name: 'Banyan shop', email: 'shop@example.com' }
const folder = await mkdtemp(join(tmpdir(), 'banyan-mail-'))
const server = await startSmtpServer()

after(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

/** What every delivery promises, and how to see what arrived. */
const DELIVERIES = [
  {
    name: 'file outbox',
    open: () => createFileOutbox({ folder, from }),
    arrived: async () => Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8'))),
  },
  {
    name: 'SMTP',
    open: () => createSmtpDelivery({ url: server.url, from }),
    arrived: () => Promise.resolve(server.received),
  },
]

for (const { name, open, arrived } of DELIVERIES) {
  test(`${name}: a message arrives whole, and again as the same message`, async () => {
    await using delivery: Delivery = open()
    await delivery.deliver(messageNamed('first'))
    await delivery.deliver(messageNamed('second'))
    await delivery.deliver(messageNamed('first'))
    const texts = (await arrived()).map((text) => text.trimEnd())
    const first = texts.filter((text) => text.includes('<first@example.com>'))
    assert.equal(new Set(first).size, 1)
    assert.match(first[0]!, /^To: Ada <ada@example.com>\r$/m)
    assert.match(first[0]!, /Hello Ada\r\n\.\r\n\.\.two dots\r\nEnd$/)
    assert.equal(texts.filter((text) => text.includes('<second@example.com>')).length, 1)
  })

  test(`${name}: closing twice, and before anything was sent`, async () => {
    const delivery = open()
    await delivery[Symbol.asyncDispose]()
    await delivery[Symbol.asyncDispose]()
  })
}

test('file outbox: many at once come one after another; one that cannot be written holds up no other', async () => {
  await using delivery = createFileOutbox({ folder: join(folder, 'line'), from })
  const names = ['a', 'b', 'no/such/folder', 'c']
  const ends = await Promise.allSettled(names.map((name) => delivery.deliver(messageNamed(name))))
  assert.deepEqual(
    ends.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
  )
  assert.deepEqual((await readdir(join(folder, 'line'))).toSorted(), ['a.eml', 'b.eml', 'c.eml'])
  await rm(join(folder, 'line'), { recursive: true })
})

test('file outbox: a repeat makes no second file', async () => {
  const files = await readdir(folder)
  assert.deepEqual(files.toSorted(), ['first.eml', 'second.eml'])
})

test('SMTP: a server that is busy or loses its answer is worth another attempt; an unknown recipient is not', async () => {
  await using delivery = createSmtpDelivery({ url: server.url, from, timeoutMs: 1_000 })
  server.mood = 'busy'
  await refused(delivery.deliver(messageNamed('busy')), notificationErrors.MAIL_FAILED)
  server.mood = 'unknown-recipient'
  await refused(delivery.deliver(messageNamed('unknown')), notificationErrors.MAIL_REFUSED)
  server.mood = 'lose-answer'
  await refused(delivery.deliver(messageNamed('lost')), notificationErrors.MAIL_FAILED)
  server.mood = 'accept'
  await delivery.deliver(messageNamed('lost'))
  assert.equal(server.received.filter((text) => text.includes('<lost@example.com>')).length, 2)
})

test('SMTP: no server there is worth another attempt', async () => {
  await using delivery = createSmtpDelivery({ url: 'smtp://127.0.0.1:1', from, timeoutMs: 1_000 })
  await refused(delivery.deliver(messageNamed('nowhere')), notificationErrors.MAIL_FAILED)
})

function messageNamed(id: string): Message {
  const to = { userId: '42', email: 'ada@example.com', name: 'Ada' }
  return { id, to, subject: 'Hello', text: 'Hello Ada\n.\n..two dots\nEnd\n', date: '2026-01-15T10:30:00.000Z' }
}
