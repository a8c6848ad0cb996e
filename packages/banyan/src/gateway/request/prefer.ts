/**
 * Seconds that a client is willing to wait (RFC 7240 4.3): `respond-async, wait=10` → 10. `null`: it names none, or one
 * that is no whole number; preferences that make no sense are passed over, as the RFC asks.
 */
export function parsePreferWait(header: string): number | null {
  const match = WAIT.exec(header)
  return match ? Number(match[1]) : null
}

const WAIT = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,5})"?\s*(?:$|[,;])/i
