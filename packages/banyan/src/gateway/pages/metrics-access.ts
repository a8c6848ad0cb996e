import { hash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/**
 * Figures tell a stranger how the business goes, so only this machine may read them, and whoever shows the token.
 * @param token `null`: nobody has one.
 */
export function mayReadMetrics({ headers, socket }: IncomingMessage, token: string | null): boolean {
  const isLocal = LOOPBACK.has(socket.remoteAddress ?? '') && FORWARDED.every((name) => headers[name] === undefined)
  return isLocal || (token !== null && isSameSecret(headers.authorization ?? '', `Bearer ${token}`))
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1'])
/** A proxy on this machine makes everybody look local; each of these says that there is one. */
const FORWARDED = ['x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'forwarded', 'via'] as const

function isSameSecret(received: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', received, 'buffer'), hash('sha256', expected, 'buffer'))
}
