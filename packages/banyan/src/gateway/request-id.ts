import type { Random } from '../core/index.ts'

/**
 * Names requests: the caller's own `X-Request-Id` where it is 8–128 harmless characters, so that one name follows a
 * request through everybody's logs; else a fresh one. Fresh ones need be unique, not secret: a random prefix per
 * process and a counter cost 20 ns where a UUID costs 100.
 */
export function createRequestIds(random: Random): (inbound: string | string[] | undefined) => string {
  const prefix = random.bytes(PREFIX_BYTES).toString('hex')
  let count = 0
  return (inbound) => {
    if (typeof inbound === 'string' && REQUEST_ID.test(inbound)) return inbound
    count += 1
    return `${prefix}-${count.toString(36)}`
  }
}

const PREFIX_BYTES = 6
const REQUEST_ID = /^[\w.:-]{8,128}$/
