import type { Entry } from '../../cache/index.ts'
import type { Operation, Reply } from '../../contract/index.ts'
import { createBytesReader, createPartsReader } from '../answer/answer-parts.ts'
import type { CacheHeaders } from './cache-headers.ts'
import { chooseCoding, type Coding } from '../answer/compression.ts'
import { findHit } from '../answer/etag.ts'
import type { Answer } from '../exchange.ts'
import type { OperationCodec } from '../operations/operation-codec.ts'
import { createSuccessWriter, isCompressible, unchanged } from '../answer/success-answer.ts'

/** A whole answer made of a kept one, in one API version and content coding. */
export interface View {
  readonly answer: Answer
  /** `null`: the data tell no time, so their text has no tag. */
  readonly tag: string | null
  readonly bytes: number
}

export interface ViewScope {
  readonly codec: OperationCodec
  readonly input: unknown
  readonly ifNoneMatch: string | undefined
  readonly acceptEncoding: string | undefined
  readonly now: () => string
}

export interface CachedAnswers {
  /** Each form made once: a later hit writes it out as it is. */
  readonly again: (entry: Entry<View>, scope: ViewScope) => Answer
  /** To whoever has had it read. Much is asked for once only: a form of it is kept when somebody asks again. */
  readonly first: (entry: Entry<View>, scope: ViewScope) => Answer
}

export interface CachedRoute {
  readonly operation: Operation
  readonly cacheHeaders: CacheHeaders
}

export type ViewKeeper = (entry: Entry<View>, name: string, view: View) => void

export function createCachedAnswers({ operation, cacheHeaders }: CachedRoute, keep: ViewKeeper): CachedAnswers {
  const readBytes = { readParts: createBytesReader(operation), encoding: 'latin1', cacheHeaders } as const
  const readValues = { readParts: createPartsReader(operation), encoding: 'utf8', cacheHeaders } as const
  const fromBytes = createSuccessWriter(operation, readBytes)
  const fromValues = createSuccessWriter(operation, readValues)

  return { again, first: render }

  function again(entry: Entry<View>, scope: ViewScope): Answer {
    const { ifNoneMatch, acceptEncoding } = scope
    const plain = viewOf(entry, scope, null)
    const hit = ifNoneMatch === undefined || plain.tag === null ? null : findHit(ifNoneMatch, plain.tag, acceptEncoding)
    if (hit !== null) return unchanged(plain.answer, hit)
    if (acceptEncoding === undefined || !isCompressible(plain.answer)) return plain.answer
    const coding = chooseCoding(acceptEncoding)
    return coding === null ? plain.answer : viewOf(entry, scope, coding).answer
  }

  function viewOf(entry: Entry<View>, scope: ViewScope, coding: Coding | null): View {
    const name = `${scope.codec.apiVersion}${coding ?? ''}`
    const known = entry.views?.get(name)
    if (known !== undefined) return known
    const wishes = { ...scope, ifNoneMatch: undefined, acceptEncoding: coding ?? undefined }
    const answer = inOneText(render(entry, wishes))
    const at = answer.headers.indexOf('ETag')
    const view = { answer, tag: at < 0 ? null : answer.headers[at + 1]!, bytes: VIEW_BYTES + answer.body!.length }
    keep(entry, name, view)
    return view
  }

  function render({ answer }: Entry<View>, scope: ViewScope): Answer {
    const { data, versions, changedAt } = answer
    const reply = { versions, changedAt, replayed: false, pending: false }
    if (scope.codec.isCurrent) return fromBytes({ ...reply, data: data! }, scope)
    return fromValues({ ...reply, data: JSON.parse(Buffer.from(data!).toString()) } as Reply, scope)
  }
}

/** Head and body then leave in one write, and nothing is measured again. */
function inOneText({ body, encoding, headers, status }: Answer): Answer {
  const isText = typeof body === 'string' && encoding === 'latin1'
  const text = isText ? body : Buffer.from(body as string).toString('latin1')
  const measured = [...headers.slice(0, 2), 'Content-Length', String(text.length), ...headers.slice(2)]
  return { status, headers: measured, body: text, encoding: 'latin1', isMeasured: true }
}

/** The headers of a view and what holds it. */
const VIEW_BYTES = 1_024
