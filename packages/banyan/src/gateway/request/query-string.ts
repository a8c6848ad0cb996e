import { gatewayErrors } from '../gateway-errors.ts'

const MAX_PARAMETERS = 32

/**
 * Reads a query string into an object without a prototype. Each parameter may occur once: what a second one means
 * differs from program to program, and attackers live on that difference.
 * @throws `api.INVALID_QUERY` for a repeated parameter, broken percent-encoding, and more than 32 parameters.
 */
export function parseQueryString(text: string): Record<string, string> {
  const query = Object.create(null) as Record<string, string>
  if (text === '') return query
  const pairs = text.split('&', MAX_PARAMETERS + 1)
  if (pairs.length > MAX_PARAMETERS) throw refusal(`it has more than ${MAX_PARAMETERS} parameters`)
  for (const pair of pairs) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    const name = decode(equals < 0 ? pair : pair.slice(0, equals))
    if (name in query) throw refusal(`'${name.slice(0, 64)}' is given more than once`)
    query[name] = equals < 0 ? '' : decode(pair.slice(equals + 1))
  }
  return query
}

function decode(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (error) {
    throw refusal(`'${text.slice(0, 64)}' is not percent-encoded UTF-8`, error)
  }
}

function refusal(fault: string, cause?: unknown): Error {
  return gatewayErrors.INVALID_QUERY({ fault }, { cause })
}
