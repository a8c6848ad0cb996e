import type { Message } from '../message.ts'

export interface Sender {
  readonly name: string
  readonly email: string
}

/**
 * A message as RFC 5322 text in plain ASCII: headers per RFC 2047, body as quoted-printable (RFC 2045), so that any
 * server takes it and a person can still read the file.
 */
export function toInternetMessage(message: Message, from: Sender): string {
  const headers = [
    `From: ${mailbox(from)}`,
    `To: ${mailbox(message.to)}`,
    `Subject: ${encodeText(message.subject)}`,
    `Date: ${new Date(message.date).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${message.id}@${domainOf(from.email)}>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    'Auto-Submitted: auto-generated', // RFC 3834: no out-of-office answers
  ]
  return `${headers.join('\r\n')}\r\n\r\n${quotedPrintable(message.text)}`
}

/** `Ada Shop <ada@example.com>` or a bare address. */
export function parseSender(text: string): Sender {
  const match = /^\s*(.*?)\s*<([^<>\s]+)>\s*$/.exec(text)
  return match ? { name: match[1]!, email: match[2]! } : { name: '', email: text.trim() }
}

function domainOf(email: string): string {
  return email.slice(email.lastIndexOf('@') + 1)
}

function mailbox({ name, email }: Sender): string {
  // No line may be smuggled into the headers, whatever the contract let through.
  const address = email.replace(/[\r\n<>\s]/g, '')
  if (name === '') return address
  return PLAIN.test(name) ? `${name} <${address}>` : `${encodeText(name)}\r\n <${address}>`
}

const PLAIN = /^[A-Za-z0-9 !#$%&'*+\-/=^_`{|}~]{1,60}$/
/** Bytes of text in one encoded word: 64 characters, so that the first fits beside its header's name. */
const WORD_BYTES = 39

/** Encoded words, each a line of its own; cut between characters, never inside one. */
function encodeText(text: string): string {
  if (PLAIN.test(text)) return text
  const words: string[] = ['']
  for (const character of text) {
    if (Buffer.byteLength(words.at(-1)! + character) > WORD_BYTES) words.push('')
    words[words.length - 1] += character
  }
  return words.map((word) => `=?utf-8?B?${Buffer.from(word).toString('base64')}?=`).join('\r\n ')
}

const LINE_CHARACTERS = 75

function quotedPrintable(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => foldLine(line))
    .join('\r\n')
}

function foldLine(line: string): string {
  const lines: string[] = ['']
  const bytes = Buffer.from(line)
  for (const [index, byte] of bytes.entries()) {
    const symbol = symbolOf(byte, index === bytes.length - 1)
    if (lines.at(-1)!.length + symbol.length > LINE_CHARACTERS) lines.push('')
    lines[lines.length - 1] += symbol
  }
  return lines.join('=\r\n')
}

/** Space at a line's end would be stripped on the way. */
function symbolOf(byte: number, isLast: boolean): string {
  const isPlain = byte > 32 && byte < 127 && byte !== 61
  const isInnerSpace = byte === 32 && !isLast
  return isPlain || isInnerSpace ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
}
