import { isDeepStrictEqual } from 'node:util'
import type { Reply } from '../../contract/index.ts'
import { BanyanError } from '../../core/index.ts'
import type { CallHandler, Middleware, OperationCall } from '../../mesh/index.ts'

/** Calls everything that may be repeated a second time, and holds the answers against each other. */
export interface Repeater {
  readonly middleware: Middleware
  /** How many calls were made again, by what they were: `query`, `command`, `refusal`. */
  readonly repeated: Readonly<Record<'query' | 'command' | 'refusal', number>>
  /** In words, each call whose second answer was another one. They failed, too. At most 20. */
  readonly faults: readonly string[]
}

/** What others write meanwhile may change an answer; one that is never the same twice in a row is no function of the data. */
const QUERY_ATTEMPTS = 5
const MAX_FAULTS = 20

/**
 * A retry after success, as a caller makes it whose answer was lost (Service Weaver tests each component so): commands with
 * a key must answer the same to the letter, refusals included; queries the same again as soon as nobody writes.
 *
 * @param except Ids of operations whose answer says what this call has done and not what is.
 */
export function createRepeater(except: readonly string[] = []): Repeater {
  const repeated = { query: 0, command: 0, refusal: 0 }
  const faults: string[] = []

  const middleware: Middleware = (next) => async (request) => {
    const first = await settle(next, request)
    const kind = except.includes(request.id) ? null : repeatableKind(request, first)
    if (kind === null) return give(first)
    repeated[kind]++
    const difference = await repeat(next, request, first)
    if (difference === null) return give(first)
    const fault = `${request.id} with key ${request.call.key} answered otherwise when it was repeated: ${difference}`
    if (faults.length < MAX_FAULTS) faults.push(fault)
    throw new Error(fault)
  }

  return { middleware, repeated, faults }
}

type Settled = { readonly reply: Reply } | { readonly error: unknown }

async function settle(next: CallHandler, request: OperationCall): Promise<Settled> {
  try {
    return { reply: await next(request) }
  } catch (error) {
    return { error }
  }
}

function give(settled: Settled): Reply {
  if ('reply' in settled) return settled.reply
  throw settled.error
}

/** `null`: a repeat may answer otherwise, or would only wait a second time (a long poll). */
function repeatableKind({ operation, call }: OperationCall, settled: Settled): keyof Repeater['repeated'] | null {
  const isRefusal = 'error' in settled
  if (operation.kind === 'query') return isRefusal || operation.isHeld ? null : 'query'
  if (call.key === null || operation.outcome === 'none') return null
  if (!isRefusal) return settled.reply.pending ? null : 'command'
  // What is stored under the key. That a saga's step was refused stands nowhere: its saga turns back and never asks again.
  const isFinal = settled.error instanceof BanyanError && settled.error.retry === 'never'
  return isFinal && operation.outcome === 'key' ? 'refusal' : null
}

/** The two answers that differ; `null`: none did. */
async function repeat(next: CallHandler, request: OperationCall, first: Settled): Promise<string | null> {
  const attempts = request.operation.kind === 'query' ? QUERY_ATTEMPTS : 1
  let before = essenceOf(first)
  let last = before
  for (let attempt = 0; attempt < attempts; attempt++) {
    before = last
    last = essenceOf(await settle(next, request))
    if (isDeepStrictEqual(last, before)) return null
  }
  return `${JSON.stringify(before)}, then ${JSON.stringify(last)}`
}

function essenceOf(settled: Settled): unknown {
  if ('reply' in settled) return settled.reply.data
  const { error } = settled
  return error instanceof BanyanError ? [error.code, error.details] : String(error)
}
