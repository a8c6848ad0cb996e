import type { Static } from 'typebox'
import { Type } from '../core/index.ts'
import { Compile } from 'typebox/schema'
import {
  invalidInput,
  parsePositions,
  type Call,
  type Frontier,
  type Positions,
  type Principal,
  type SagaReference,
} from '../contract/index.ts'

/**
 * How the context of a call is written where a wire has headers (http) or metadata (grpc). Standard names where there is
 * a standard; values are plain text, or JSON text where that would not survive a header.
 */
const CALL_HEADERS = {
  key: 'idempotency-key',
  requestId: 'x-request-id',
  traceParent: 'traceparent',
  principal: 'banyan-principal',
  saga: 'banyan-saga',
  waitMs: 'banyan-wait-ms',
  ifMatch: 'if-match',
  after: 'banyan-after',
} as const

/** Beside the data of an answer. */
export const REPLY_HEADERS = {
  versions: 'banyan-versions',
  changedAt: 'banyan-changed-at',
  replayed: 'idempotency-replayed',
  pending: 'banyan-pending',
  /** How far the logs have come, as the service knows it: with the answers of commands. */
  positions: 'banyan-positions',
} as const

/** The context of a call, without what each wire says in its own way: deadline and cancellation. */
export type CallContext = Omit<Call, 'deadlineAtMs' | 'signal'>

/** Only what is there: name and value in turn. */
export function contextToHeaders(call: CallContext): readonly (readonly [string, string])[] {
  const headers: [string, string][] = [
    [CALL_HEADERS.principal, asciiJson(call.principal)],
    [CALL_HEADERS.requestId, toHeaderText(call.requestId)],
    [CALL_HEADERS.waitMs, String(Math.max(0, Math.round(call.waitMs)))],
  ]
  if (call.key !== null) headers.push([CALL_HEADERS.key, toHeaderText(call.key)])
  if (call.traceParent !== null) headers.push([CALL_HEADERS.traceParent, toHeaderText(call.traceParent)])
  if (call.saga !== null) headers.push([CALL_HEADERS.saga, asciiJson(call.saga)])
  if (call.ifMatch !== null) headers.push([CALL_HEADERS.ifMatch, toHeaderText(call.ifMatch)])
  if (call.after !== undefined) headers.push([CALL_HEADERS.after, JSON.stringify(call.after)])
  return headers
}

/** What holds for a call that does not say. */
export interface CallDefaults {
  readonly principal: Principal
  readonly requestId: string
}

/** @throws `api.INVALID_INPUT` naming the header that makes no sense. */
export function contextFromHeaders(read: (name: string) => string | undefined, defaults: CallDefaults): CallContext {
  return {
    principal: readJson(read, CALL_HEADERS.principal, isPrincipal) ?? defaults.principal,
    requestId: readText(read, CALL_HEADERS.requestId) ?? defaults.requestId,
    waitMs: readMs(read, CALL_HEADERS.waitMs) ?? DEFAULT_WAIT_MS,
    key: readText(read, CALL_HEADERS.key),
    traceParent: readTraceParent(read),
    saga: readJson(read, CALL_HEADERS.saga, isSaga),
    ifMatch: readText(read, CALL_HEADERS.ifMatch),
    ...readAfter(read),
  }
}

/** Nothing where it says nothing that can be read: another proxy on the way may have cut it. */
export function raiseFrontier(frontier: Frontier | undefined, text: string | null | undefined): void {
  const positions = frontier && text ? parsePositions(text) : null
  if (positions) frontier!.raise(positions)
}

/** `Prefer: wait` of the public API has the same default. */
const DEFAULT_WAIT_MS = 10_000

/**
 * Printable ASCII goes as it is, so that people can write it by hand; anything that a header would lose (edge spaces,
 * line ends, letters beyond ASCII) or mistake goes as JSON text.
 */
function toHeaderText(text: string): string {
  return PLAIN.test(text) ? text : asciiJson(text)
}

/** @throws `api.INVALID_INPUT` */
function fromHeaderText(value: string, name: string): string {
  if (!value.startsWith('"')) return value
  const text = parseJson(value, name)
  if (typeof text === 'string') return text
  throw badHeader(name, 'must be text or a JSON string')
}

/** A whole number of milliseconds; `null`: absent. @throws `api.INVALID_INPUT` */
export function readMs(read: (name: string) => string | undefined, name: string): number | null {
  const text = read(name)
  if (text === undefined) return null
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw badHeader(name, 'must be a whole number of milliseconds')
}

/** JSON in ASCII, fit for a header. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, escapeCharacter)
}

const PLAIN = /^[\x21\x23-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function readText(read: (name: string) => string | undefined, name: string): string | null {
  const value = read(name)
  return value === undefined ? null : fromHeaderText(value, name)
}

const TRACE_PARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/

/** W3C: a traceparent that does not parse is ignored, and a new trace begins. */
function readTraceParent(read: (name: string) => string | undefined): string | null {
  const value = read(CALL_HEADERS.traceParent)
  return value !== undefined && TRACE_PARENT.test(value) ? value : null
}

function readAfter(read: (name: string) => string | undefined): { readonly after?: Positions } {
  const text = read(CALL_HEADERS.after)
  if (text === undefined) return {}
  const after = parsePositions(text)
  if (after) return { after }
  throw badHeader(CALL_HEADERS.after, 'must be a JSON object of positions by log')
}

function readJson<T>(
  read: (name: string) => string | undefined,
  name: string,
  isValid: (value: unknown) => value is T,
): T | null {
  const text = read(name)
  if (text === undefined) return null
  const value = parseJson(text, name)
  if (isValid(value)) return value
  throw badHeader(name, 'does not have the shape of the call context')
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The text is the caller's; what exactly is wrong with it is for its author to see.
    throw badHeader(name, 'must be JSON')
  }
}

/** `api.INVALID_INPUT` */
export function badHeader(name: string, message: string): Error {
  return invalidInput([{ pointer: '', message: `Header ${name} ${message}` }])
}

const closed = { additionalProperties: false }
const Text = Type.String({ maxLength: 1_000 })
const PrincipalSchema = Type.Union([
  Type.Object({ kind: Type.Literal('anonymous') }, closed),
  Type.Object({ kind: Type.Literal('service'), name: Text }, closed),
  Type.Object(
    {
      kind: Type.Literal('user'),
      id: Text,
      role: Text,
      scopes: Type.Union([Type.Array(Text, { maxItems: 100 }), Type.Null()]),
      sessionId: Type.Union([Text, Type.Null()]),
    },
    closed,
  ),
])
const SagaSchema = Type.Object({ id: Text, step: Text, fence: Type.Integer({ minimum: 0 }) }, closed)
const principalValidator = Compile(PrincipalSchema)
const sagaValidator = Compile(SagaSchema)

function isPrincipal(value: unknown): value is Static<typeof PrincipalSchema> {
  return principalValidator.Check(value)
}

function isSaga(value: unknown): value is SagaReference {
  return sagaValidator.Check(value)
}
