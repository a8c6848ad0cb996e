import { defineErrors, type ErrorSpec } from '../core/index.ts'

/** Every one of these is found before a service is called. */
const atTheEdge = { effect: 'not-applied', retry: 'never' } as const satisfies Partial<ErrorSpec>

/** What the edge refuses by itself, beside `coreErrors`. */
export const gatewayErrors = defineErrors('api', {
  UNSUPPORTED_VERSION: {
    ...atTheEdge,
    http: 400,
    grpc: 'INVALID_ARGUMENT',
    message:
      'API version {received} is not served; these are: {supported}. Name one, and only one, in the path, in Api-Version or in ?version=.',
  },
  UNKNOWN_PATH: {
    ...atTheEdge,
    http: 404,
    grpc: 'NOT_FOUND',
    message: 'No operation has this path. GET /openapi.json lists those that exist.',
  },
  METHOD_NOT_ALLOWED: {
    ...atTheEdge,
    http: 405,
    grpc: 'UNIMPLEMENTED',
    message: '{method} is not allowed on this path; allowed: {allowed}.',
  },
  MALFORMED_REQUEST: {
    ...atTheEdge,
    http: 400,
    grpc: 'INVALID_ARGUMENT',
    message: 'This is not valid HTTP/1.1: {fault}.',
  },
  INVALID_QUERY: {
    ...atTheEdge,
    http: 400,
    grpc: 'INVALID_ARGUMENT',
    message: 'The query string cannot be read: {fault}.',
  },
  INVALID_HEADER: {
    ...atTheEdge,
    http: 400,
    grpc: 'INVALID_ARGUMENT',
    message: 'The header {header} has a value that cannot be used: {received}. Expected: {expected}.',
  },
  KEY_NOT_ACCEPTED: {
    ...atTheEdge,
    http: 400,
    grpc: 'INVALID_ARGUMENT',
    message: 'This operation accepts no Idempotency-Key, because its answer holds secrets and is not kept. Omit it.',
  },
  REQUEST_TIMEOUT: {
    ...atTheEdge,
    http: 408,
    grpc: 'DEADLINE_EXCEEDED',
    retry: 'safe',
    message: 'The request did not arrive whole in time.',
  },
  BODY_TOO_LARGE: {
    ...atTheEdge,
    http: 413,
    grpc: 'RESOURCE_EXHAUSTED',
    message: 'The body is larger than {maxBytes} bytes. Send less at once.',
  },
  URI_TOO_LONG: {
    ...atTheEdge,
    http: 414,
    grpc: 'INVALID_ARGUMENT',
    message: 'The URL is longer than {maxBytes} bytes.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    ...atTheEdge,
    http: 415,
    grpc: 'INVALID_ARGUMENT',
    message: 'A body of {received} is not accepted. Send application/json in UTF-8, without Content-Encoding.',
  },
  EXPECTATION_FAILED: {
    ...atTheEdge,
    http: 417,
    grpc: 'UNIMPLEMENTED',
    message: 'The only expectation that can be met is 100-continue.',
  },
  RATE_LIMITED: {
    ...atTheEdge,
    http: 429,
    grpc: 'RESOURCE_EXHAUSTED',
    retry: 'safe',
    message: 'More than {limit} {what}. Try again after the time in Retry-After.',
  },
  HEADERS_TOO_LARGE: {
    ...atTheEdge,
    http: 431,
    grpc: 'RESOURCE_EXHAUSTED',
    message: 'The headers are larger than {maxBytes} bytes together.',
  },
  NOT_READY: {
    ...atTheEdge,
    http: 503,
    grpc: 'UNAVAILABLE',
    retry: 'safe',
    message: 'Not ready: {missing}.',
  },
})
