import { isOutage } from './failure.ts'
import { redactText } from './redact-text.ts'

export const REDACTED = '[redacted]'

const MAX_DEPTH = 8
const MAX_ITEMS = 100
const MAX_TEXT = 8192

/**
 * A copy of `value` that is safe to write to a log: secrets are replaced, and it is bounded (8 levels, 100 items a
 * level, 8 KiB a string), so that neither a cycle nor a whole result set can end up in one line.
 */
export function redact(value: unknown): unknown {
  return redactAt(value, 0)
}

/** True for names under which secrets travel: `password`, `x-api-key`, `refreshToken`, `card` … */
export function isSecretName(name: string): boolean {
  const plain = name.toLowerCase().replace(/[^a-z]/g, '')
  return SECRET_NAMES.has(plain) || SECRET_PARTS.test(plain)
}

const SECRET_PARTS =
  /authorization|cookie|passw(or)?d|passphrase|secret|token|apikey|privatekey|masterkey|credential|signature|cardnumber|securitycode/
const SECRET_NAMES = new Set(['card', 'cvc', 'cvv', 'pan', 'pwd', 'pin', 'jwt', 'iban', 'expmonth', 'expyear'])

function redactAt(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(shorten(value))
  if (typeof value === 'number') return redactNumber(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAX_DEPTH) return '[deeper]'
  if (value instanceof Error) return redactError(value, depth)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  return redactObject(value, depth)
}

function redactObject(value: object, depth: number): unknown {
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => redactAt(item, depth + 1))
  if (value instanceof Map || value instanceof Set) return redactAt([...value], depth)
  const copy: Record<string, unknown> = {}
  for (const [name, item] of Object.entries(value).slice(0, MAX_ITEMS)) {
    copy[name] = isSecretName(name) && item !== null && item !== undefined ? REDACTED : redactAt(item, depth + 1)
  }
  return copy
}

/** Own fields too (`code`, `details`); `message` and `stack` are not enumerable and would be lost by a plain copy. */
function redactError(error: Error, depth: number): unknown {
  const fields = redactObject(Object.fromEntries(Object.entries(error)), depth) as Record<string, unknown>
  const cause = error.cause === undefined ? {} : { cause: redactAt(error.cause, depth + 1) }
  return {
    ...fields,
    type: error.name,
    message: redactText(shorten(error.message)),
    ...(isOfTheSystem(error) ? {} : { stack: redactText(shorten(error.stack ?? '')) }),
    ...cause,
  }
}

/** Something is away, or the system said so: where in our code that was noticed helps nobody. */
function isOfTheSystem(error: Error): boolean {
  return isOutage(error) || 'syscall' in error
}

/** A card number may also travel as a number. */
function redactNumber(value: number): unknown {
  if (!(value >= 1e13)) return value
  const text = String(value)
  return redactText(text) === text ? value : REDACTED
}

function shorten(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}… (${text.length} characters)`
}
