import { createHmac, timingSafeEqual } from 'node:crypto'
import { paymentErrors } from '../errors.ts'

/** Notices older than this are refused: a recorded one must not work for ever. */
const MAX_NOTICE_AGE_MS = 300_000

export interface SignedText {
  readonly header: { readonly name: string; readonly value: string | undefined }
  readonly body: string
}

export interface SignatureCheck {
  readonly secret: string | Buffer
  /** Wall time, milliseconds. */
  readonly nowMs: number
}

/**
 * Stripe's scheme, which the sandbox speaks too: `t=<seconds>,v1=<hex HMAC-SHA-256 of "t.body">`, several `v1` while a
 * secret is rolled (https://docs.stripe.com/webhooks#verify-manually).
 * @throws `payments.WEBHOOK_UNSIGNED`, `payments.WEBHOOK_TOO_OLD` (a time ahead of ours by as much is refused too)
 */
export function checkSignature({ header, body }: SignedText, { secret, nowMs }: SignatureCheck): void {
  const parts = (header.value ?? '').split(',').map((part) => part.trim().split('='))
  const signedAt = parts.find(([name]) => name === 't')?.[1] ?? ''
  const expected = digest(secret, signedAt, body)
  const isSigned = parts.some(([name, value = '']) => name === 'v1' && isEqual(Buffer.from(value, 'hex'), expected))
  if (!isSigned || !/^\d{1,12}$/.test(signedAt)) throw paymentErrors.WEBHOOK_UNSIGNED({ header: header.name })
  const ageMs = nowMs - Number(signedAt) * 1_000
  if (Math.abs(ageMs) > MAX_NOTICE_AGE_MS) {
    const [ageSeconds, allowedSeconds] = [Math.round(ageMs / 1_000), MAX_NOTICE_AGE_MS / 1_000]
    throw paymentErrors.WEBHOOK_TOO_OLD({ ageSeconds, allowedSeconds })
  }
}

export function signText(secret: string | Buffer, body: string, nowMs: number): string {
  const signedAt = String(Math.floor(nowMs / 1_000))
  return `t=${signedAt},v1=${digest(secret, signedAt, body).toString('hex')}`
}

function digest(secret: string | Buffer, signedAt: string, body: string): Buffer {
  return createHmac('sha256', secret).update(`${signedAt}.${body}`).digest()
}

function isEqual(received: Buffer, expected: Buffer): boolean {
  return received.length === expected.length && timingSafeEqual(received, expected)
}
