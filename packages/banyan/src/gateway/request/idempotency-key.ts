import type { Command, Operation } from '../../contract/index.ts'
import type { Random } from '../../core/index.ts'
import { gatewayErrors } from '../gateway-errors.ts'

/** Whether an operation takes `Idempotency-Key`: commands do, unless their answer is kept nowhere. */
export function acceptsKey(operation: Operation): operation is Command {
  return operation.kind === 'command' && operation.outcome !== 'none'
}

/**
 * The key under which a command's outcome is remembered: the client's own, or a minted one, which the answer names so
 * that a client that lost nothing but the answer can still ask again.
 * @throws `api.INVALID_HEADER` for anything but 1–255 printable ASCII characters.
 */
export function readIdempotencyKey(header: string | string[] | undefined, random: Random): string {
  if (header === undefined) return random.bytes(MINTED_BYTES).toString('hex')
  if (typeof header === 'string' && KEY.test(header)) return header
  const received = typeof header === 'string' ? `${header.length} characters` : 'several values'
  throw gatewayErrors.INVALID_HEADER({
    header: 'Idempotency-Key',
    received,
    expected: '1–255 printable ASCII characters',
  })
}

const MINTED_BYTES = 16
const KEY = /^[\x20-\x7e]{1,255}$/
