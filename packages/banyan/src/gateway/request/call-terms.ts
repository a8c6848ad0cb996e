import type { IncomingHttpHeaders } from 'node:http'
import type { Operation } from '../../contract/index.ts'
import type { Random } from '../../core/index.ts'
import { parseIfMatch } from '../answer/etag.ts'
import { gatewayErrors } from '../gateway-errors.ts'
import { acceptsKey, readIdempotencyKey } from './idempotency-key.ts'
import { parsePreferWait } from './prefer.ts'

/** Under which terms a request's headers ask for an operation. */
export interface CallTerms {
  readonly key: string | null
  readonly waitMs: number
  readonly ifMatch: string | null
}

const QUERY_TERMS: CallTerms = Object.freeze({ key: null, waitMs: 0, ifMatch: null })
const DEFAULT_WAIT_MS = 10_000
/** What an answer that says `pending` needs to still come within the deadline. */
const MARGIN_MS = 500

/** Reads the terms; what was granted is written to `answerHeaders`. @throws `api.INVALID_HEADER`, `api.KEY_NOT_ACCEPTED`. */
export type TermsReader = (inbound: IncomingHttpHeaders, apiVersion: number, answerHeaders: string[]) => CallTerms

export function createTermsReader(operation: Operation, random: Random): TermsReader {
  if (operation.kind === 'query') return () => QUERY_TERMS
  const readKey = createKeyReader(operation, random)
  const maxWaitMs = Math.max(0, operation.deadlineMs - MARGIN_MS)
  return (inbound, apiVersion, answerHeaders) => ({
    key: readKey(inbound, answerHeaders),
    waitMs: readWait(inbound, maxWaitMs, answerHeaders),
    ifMatch: inbound['if-match'] === undefined ? null : parseIfMatch(inbound['if-match'], apiVersion),
  })
}

function createKeyReader(operation: Operation, random: Random) {
  if (!acceptsKey(operation)) {
    return (inbound: IncomingHttpHeaders) => {
      if (inbound['idempotency-key'] !== undefined) throw gatewayErrors.KEY_NOT_ACCEPTED()
      return null
    }
  }
  return (inbound: IncomingHttpHeaders, answerHeaders: string[]) => {
    const key = readIdempotencyKey(inbound['idempotency-key'], random)
    answerHeaders.push('Idempotency-Key', key)
    return key
  }
}

/** A wait longer than the deadline allows is shortened, and the answer says to what. */
function readWait({ prefer }: IncomingHttpHeaders, maxWaitMs: number, answerHeaders: string[]): number {
  const seconds = typeof prefer === 'string' ? parsePreferWait(prefer) : null
  if (seconds === null) return Math.min(DEFAULT_WAIT_MS, maxWaitMs)
  const granted = Math.min(seconds, Math.floor(maxWaitMs / 1_000))
  answerHeaders.push('Preference-Applied', `wait=${granted}`)
  return granted * 1_000
}
