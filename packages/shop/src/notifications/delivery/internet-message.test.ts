import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Message } from '../message.ts'
import { parseSender, toInternetMessage } from './internet-message.ts'

const message: Message = {
  id: 'abc123',
  to: { userId: '42', email: 'ada@example.com', name: 'Ada Lovelace' },
  subject: 'Your order is confirmed',
  text: 'Hello Ada,\n\n.\n2 × Lamp = $5.00 \nEnd\n',
  date: '2026-01-15T10:30:00.000Z',
}
const from = parseSender('Banyan shop <shop@example.com>')

test('a plain message, to the byte', () => {
  assert.equal(
    toInternetMessage(message, from),
    [
      'From: Banyan shop <shop@example.com>',
      'To: Ada Lovelace <ada@example.com>',
      'Subject: Your order is confirmed',
      'Date: Thu, 15 Jan 2026 10:30:00 +0000',
      'Message-ID: <abc123@example.com>',
      'MIME-Version: 1.0',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: quoted-printable',
      'Auto-Submitted: auto-generated',
      '',
      'Hello Ada,',
      '',
      '.',
      '2 =C3=97 Lamp =3D $5.00=20',
      'End',
      '',
    ].join('\r\n'),
  )
})

test('only ASCII and short lines leave, whatever the names and texts are', () => {
  const name = 'Åsa "Ö" <evil@example.com>\r\nBcc: all@example.com '.repeat(4)
  const text = toInternetMessage(
    { ...message, to: { ...message.to, name }, subject: '注'.repeat(200), text: 'é '.repeat(300) },
    from,
  )
  for (const line of text.split('\r\n')) assert.match(line, /^[\x20-\x7e]{0,78}$/)
  assert.doesNotMatch(text, /^(Bcc|evil)/m)
  assert.equal(decodeHeader(text, 'Subject'), '注'.repeat(200))
  assert.equal(decodeHeader(text, 'To'), `${name} <ada@example.com>`)
})

test('an address cannot open a header of its own', () => {
  const text = toInternetMessage({ ...message, to: { ...message.to, email: 'a@b.example\r\nBcc: c@d.example' } }, from)
  assert.doesNotMatch(text, /^Bcc/m)
})

test('a sender with and without a name', () => {
  assert.deepEqual(parseSender('shop@example.com'), { name: '', email: 'shop@example.com' })
  assert.deepEqual(from, { name: 'Banyan shop', email: 'shop@example.com' })
  assert.match(toInternetMessage(message, parseSender('shop@example.com')), /^From: shop@example.com\r\n/)
})

/** RFC 2047 the other way: joins encoded words, then takes off their envelopes. */
function decodeHeader(text: string, header: string): string {
  const value = new RegExp(`^${header}: ((?:.|\\r\\n )*)`, 'm').exec(text)![1]!
  return value
    .replaceAll('?=\r\n =?', '?==?')
    .replace('\r\n ', ' ')
    .replace(/=\?utf-8\?B\?([^?]*)\?=/g, (_, base64: string) => Buffer.from(base64, 'base64').toString())
}
