import { isDeclared } from '../core/index.ts'
import { redactText } from './redact-text.ts'

/** `products.OUT_OF_STOCK: …` for declared errors, `TypeError: …` for others; redacted. */
export function describeFailure(error: unknown): string {
  if (isDeclared(error)) return redactText(`${error.code}: ${error.message}`)
  return redactText(error instanceof Error ? `${error.name}: ${error.message}` : String(error))
}

/** A dependency is away: declared as `UNAVAILABLE`, over whatever wire it came. */
export function isOutage(error: unknown): boolean {
  return isDeclared(error) && error.grpc === 'UNAVAILABLE'
}

/** A declined card or a missing page is an answer; this is what went wrong. */
export function isFault(error: unknown): boolean {
  return !isDeclared(error) || error.http >= 500
}
