import { coreErrors, isDeclared, type BanyanError } from '../../core/index.ts'
import { gatewayErrors } from '../gateway-errors.ts'

/** Whatever was thrown while a request was read or answered, as an error that may be shown. */
export function toDeclared(error: unknown, limits: { readonly maxBodyBytes: number }): BanyanError {
  if (isDeclared(error)) return error
  const cause = { cause: error }
  const { code, statusCode } = (error ?? {}) as { readonly code?: unknown; readonly statusCode?: unknown }
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return gatewayErrors.BODY_TOO_LARGE({ maxBytes: limits.maxBodyBytes }, cause)
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return gatewayErrors.UNSUPPORTED_MEDIA_TYPE({ received: 'a type that is no media type' }, cause)
    case 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE':
      return gatewayErrors.UNSUPPORTED_MEDIA_TYPE({ received: 'no type' }, cause)
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return gatewayErrors.MALFORMED_REQUEST({ fault: 'the body is not as long as Content-Length says' }, cause)
    case 'FST_ERR_BAD_URL':
      return gatewayErrors.MALFORMED_REQUEST({ fault: 'the path is not percent-encoded UTF-8' }, cause)
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return gatewayErrors.UNKNOWN_PATH({}, cause)
    case 'ECONNRESET':
    case 'ERR_STREAM_PREMATURE_CLOSE':
      return coreErrors.CANCELLED({}, cause)
    default:
      return isClientFault(code, statusCode)
        ? gatewayErrors.MALFORMED_REQUEST({ fault: 'it cannot be read' }, cause)
        : coreErrors.INTERNAL({}, cause)
  }
}

/** What Fastify blames the client for, in this version or a later one, is not our fault. */
function isClientFault(code: unknown, statusCode: unknown): boolean {
  const isFastifys = typeof code === 'string' && code.startsWith('FST_')
  return isFastifys && typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500
}

/** Headers that belong to an error of this kind. */
export function errorHeaders(error: BanyanError): readonly string[] {
  return [...NO_STORE, ...challenge(error), ...retryAfter(error), ...allow(error)]
}

const NO_STORE = ['Content-Type', 'application/json; charset=utf-8', 'Cache-Control', 'no-store'] as const

/** RFC 6750: a client that sent no credentials is told the scheme. */
function challenge(error: BanyanError): readonly string[] {
  return error.http === 401 ? ['WWW-Authenticate', 'Bearer realm="banyan"'] : []
}

function retryAfter({ http, details }: BanyanError): readonly string[] {
  if (http !== 429 && http !== 503) return []
  const { retryAfterSeconds } = details
  return ['Retry-After', String(typeof retryAfterSeconds === 'number' ? retryAfterSeconds : 1)]
}

function allow({ http, details }: BanyanError): readonly string[] {
  return http === 405 ? ['Allow', String(details.allowed)] : []
}

/**
 * True where nobody knows where the next request on the connection begins. Not so after a body that is too large: closing while
 * it still comes would reset the connection under the answer, so the rest is read, dropped and bounded by the request timeout.
 */
export function endsConnection({ code }: BanyanError): boolean {
  return HANG_UP.has(code)
}

const HANG_UP: ReadonlySet<string> = new Set([
  gatewayErrors.MALFORMED_REQUEST.code,
  gatewayErrors.REQUEST_TIMEOUT.code,
  gatewayErrors.HEADERS_TOO_LARGE.code,
])
