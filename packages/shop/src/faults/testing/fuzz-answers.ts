import assert from 'node:assert/strict'
import { coreErrors, type ErrorFactory } from 'banyan/core'
import { gatewayErrors } from 'banyan/gateway'
import type { ApiOperation } from './api-document.ts'
import type { RawAnswer } from './raw-request.ts'
import type { FuzzRequest } from './fuzz-requests.ts'

/** What the edge may answer to anything, whatever was meant: code → status. */
const EDGE = new Map(
  [...Object.values(gatewayErrors), ...Object.values(coreErrors)].map(({ code, spec }: ErrorFactory) => [
    code,
    spec.http,
  ]),
)
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/
const LEAKS = /node:internal|\.ts:\d|\.js:\d|FST_|SQLSTATE|syntax error at|postgres/

export interface Envelope {
  readonly success: boolean
  readonly data?: unknown
  readonly error?: {
    readonly code: string
    readonly message: string
    readonly effect: string
    readonly retry: string
    readonly details: object
  }
  readonly meta: {
    readonly timestamp: string
    readonly version?: number
    readonly requestId?: string
    readonly page?: { readonly nextCursor: string | null }
  }
}

/** Asserts that an answer is one that API.md allows to this request; gives it parsed, `null` where it has no body. */
export function checkAnswer(
  request: FuzzRequest,
  answer: RawAnswer,
  operations: readonly ApiOperation[],
): Envelope | null {
  const { status, headers, text } = answer
  assert.ok(status < 500, `${status}: ${text}`)
  assert.ok(headers['x-request-id'], 'no X-Request-Id')
  if (request.method === 'HEAD' || status === 204 || status === 304) {
    assert.equal(text, '', `a ${status} with a body`)
    return null
  }
  const type = String(headers['content-type'])
  if (!type.startsWith('application/json')) {
    assert.ok(request.operation === null && status < 400, `${type}: ${text.slice(0, 200)}`)
    return null
  }
  const parsed = JSON.parse(text) as Envelope
  if (request.operation === null && status < 400 && !('success' in parsed)) return null // the OpenAPI document
  assert.equal(parsed.success, status < 400, text)
  assert.match(parsed.meta.timestamp, TIMESTAMP)
  if (parsed.success) checkSuccess(request, answer, { parsed, operations })
  else checkError(request, answer, parsed)
  return parsed
}

function checkSuccess(
  { operation }: FuzzRequest,
  { status, text }: RawAnswer,
  { parsed, operations }: { parsed: Envelope; operations: readonly ApiOperation[] },
): void {
  if (operation === null) return
  const { version } = parsed.meta
  const inThatVersion = operations.find((one) => one.id === operation.id && one.version === version)
  assert.ok(
    inThatVersion?.matches(status, parsed),
    `${status} of ${operation.id} does not match version ${version}: ${text}`,
  )
}

function checkError({ operation }: FuzzRequest, { status, headers, text }: RawAnswer, { error, meta }: Envelope): void {
  const { code, message, effect, retry, details } = error!
  assert.equal(meta.requestId, headers['x-request-id'], 'the body names another request')
  assert.ok(typeof message === 'string' && message !== '' && typeof details === 'object', text)
  assert.ok(
    ['not-applied', 'applied', 'unknown'].includes(effect) && ['never', 'safe', 'same-key'].includes(retry),
    text,
  )
  assert.doesNotMatch(text, LEAKS)
  const isDeclared = operation?.errors.get(status)?.has(code) === true
  assert.ok(
    isDeclared || EDGE.get(code) === status,
    `${operation?.id ?? 'no operation'} does not declare ${status} ${code}`,
  )
}
