import { anonymous, type Call, type EncodedInput, type Principal, type SagaReference } from '../../../contract/index.ts'
import { frameKinds, MalformedFrame } from './frame.ts'
import type { FrameWriter } from './frame-writer.ts'
import type { PayloadReader } from './payload-reader.ts'
import { textRoom, writeText } from './write-text.ts'

/**
 * A call as it crosses: id u32, operation u16, time left u32 (milliseconds), flags u8, request id, then what the flags name, in
 * this order: principal, key, trace, saga, If-Match (texts), wait u32; then the fields of path and query as JSON (text; empty: none)
 * and, to the end of the frame, the body as it came.
 *
 * Measured on a typical read (2026-11, busy machine): written 0.35 µs, read 0.45 µs; as one JSON header 0.9 and 1.3 µs.
 */
export interface CallFrame {
  readonly id: number
  readonly operation: number
  readonly timeoutMs: number
  readonly terms: CallTerms
  readonly input: EncodedInput
}

export type CallTerms = Omit<Call, 'deadlineAtMs' | 'signal'>

const HAS_BODY = 1
const IS_USER = 2
const IS_SERVICE = 4
const HAS_KEY = 8
const HAS_TRACE = 16
const HAS_SAGA = 32
const HAS_IF_MATCH = 64
const HAS_WAIT = 128
/** Numbers and lengths that every call has, and as much for those it may have. */
const FIXED_ROOM = 32

export type CallToWrite = Omit<CallFrame, 'input'> & {
  readonly fields: string
  /** A text is written as UTF-8; `null`: none. */
  readonly body: string | Uint8Array | null
}

/** @throws `mesh.MESSAGE_TOO_LARGE` when one of the texts is; nothing has been written then. */
export function writeCall(writer: FrameWriter, { id, operation, timeoutMs, terms, fields, body }: CallToWrite): void {
  const { principal, key, traceParent, saga, ifMatch, requestId, waitMs } = terms
  const who = principalText(principal)
  const sagaText = saga === null ? null : JSON.stringify(saga)
  const texts = [requestId, who, key, traceParent, sagaText, ifMatch, fields]
  let at = writer.open(texts.reduce(addRoom, FIXED_ROOM + bodyRoom(body)))
  const { page } = writer
  at = page.writeUInt32BE(id, at)
  at = page.writeUInt16BE(operation, at)
  at = page.writeUInt32BE(toU32(timeoutMs), at)
  const flagsAt = at++
  at = writeText(page, at, requestId)
  let flags = body === null ? 0 : HAS_BODY
  if (who !== null) {
    flags |= principal.kind === 'user' ? IS_USER : IS_SERVICE
    at = writeText(page, at, who)
  }
  if (key !== null) {
    flags |= HAS_KEY
    at = writeText(page, at, key)
  }
  if (traceParent !== null) {
    flags |= HAS_TRACE
    at = writeText(page, at, traceParent)
  }
  if (sagaText !== null) {
    flags |= HAS_SAGA
    at = writeText(page, at, sagaText)
  }
  if (ifMatch !== null) {
    flags |= HAS_IF_MATCH
    at = writeText(page, at, ifMatch)
  }
  if (waitMs !== 0) {
    flags |= HAS_WAIT
    at = page.writeUInt32BE(toU32(waitMs), at)
  }
  page[flagsAt] = flags
  at = writeText(page, at, fields)
  writer.close(frameKinds.call, writeBody(page, at, body))
}

function toU32(ms: number): number {
  return Math.min(Math.max(0, Math.ceil(ms)), MAX_U32)
}

const MAX_U32 = 0xff_ff_ff_ff

function addRoom(sum: number, text: string | null): number {
  return text === null ? sum : sum + textRoom(text)
}

function bodyRoom(body: string | Uint8Array | null): number {
  if (body === null) return 0
  return typeof body === 'string' ? Buffer.byteLength(body) : body.length
}

function writeBody(page: Buffer, at: number, body: string | Uint8Array | null): number {
  if (body === null) return at
  if (typeof body === 'string') return at + page.write(body, at, 'utf8')
  page.set(body, at)
  return at + body.length
}

function principalText(principal: Principal): string | null {
  if (principal.kind === 'anonymous') return null
  if (principal.kind === 'service') return principal.name
  return JSON.stringify([principal.id, principal.role, principal.scopes, principal.sessionId])
}

/** @throws MalformedFrame */
export function readCall(payload: PayloadReader): CallFrame {
  const id = payload.u32()
  const operation = payload.u16()
  const timeoutMs = payload.u32()
  const flags = payload.u8()
  const terms = readTerms(payload, flags)
  const fields = readFields(payload)
  const body = flags & HAS_BODY ? payload.rest() : null
  return { id, operation, timeoutMs, terms, input: { fields, body } }
}

function readTerms(payload: PayloadReader, flags: number): CallTerms {
  return {
    requestId: payload.text(),
    principal: readPrincipal(payload, flags),
    key: flags & HAS_KEY ? payload.text() : null,
    traceParent: flags & HAS_TRACE ? payload.text() : null,
    saga: flags & HAS_SAGA ? readSaga(payload) : null,
    ifMatch: flags & HAS_IF_MATCH ? payload.text() : null,
    waitMs: flags & HAS_WAIT ? payload.u32() : 0,
  }
}

function readPrincipal(payload: PayloadReader, flags: number): Principal {
  if (flags & IS_SERVICE) return { kind: 'service', name: payload.text() }
  if (!(flags & IS_USER)) return anonymous
  const user = payload.json()
  if (!isUser(user)) throw new MalformedFrame('a principal is no user')
  const [id, role, scopes, sessionId] = user
  return { kind: 'user', id, role, scopes, sessionId }
}

function readSaga(payload: PayloadReader): SagaReference {
  const saga = payload.json()
  if (isSaga(saga)) return saga
  throw new MalformedFrame('a saga reference is none')
}

function readFields(payload: PayloadReader): EncodedInput['fields'] {
  const fields = payload.jsonOrNothing()
  if (fields === undefined) return NO_FIELDS
  if (isObject(fields)) return fields
  throw new MalformedFrame('the fields are no object')
}

const NO_FIELDS = Object.freeze({})

type UserFields = readonly [id: string, role: string, scopes: readonly string[] | null, sessionId: string | null]

function isUser(value: unknown): value is UserFields {
  if (!Array.isArray(value) || value.length !== 4) return false
  const [id, role, scopes, sessionId] = value as readonly unknown[]
  const isScopes = scopes === null || (Array.isArray(scopes) && scopes.every(isText))
  return isText(id) && isText(role) && isScopes && (sessionId === null || isText(sessionId))
}

function isSaga(value: unknown): value is SagaReference {
  return isObject(value) && isText(value.id) && isText(value.step) && Number.isSafeInteger(value.fence)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
