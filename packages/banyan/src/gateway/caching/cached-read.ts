import { NOTHING, type ApplicationCache, type CachedOperation, type Entry, type Source } from '../../cache/index.ts'
import type { Principal } from '../../contract/index.ts'
import { coreErrors, type Clock } from '../../core/index.ts'
import { createCachedAnswers, type View } from './cached-views.ts'
import type { CarryOutTools, OperationRoute } from '../operations/carry-out.ts'
import { createFill } from './cache-fill.ts'
import type { Answer, Exchange } from '../exchange.ts'
import type { OperationCodec } from '../operations/operation-codec.ts'
import { createFieldReader } from '../request/request-fields.ts'

export interface CachedReadTools extends CarryOutTools {
  readonly cache: ApplicationCache<View>
  readonly clock: Clock
}

/** Answers at once when this process has the answer. */
export type CachedRead = (
  exchange: Exchange,
  query: Readonly<Record<string, string>>,
  codec: OperationCodec,
) => Answer | Promise<Answer>

/** From a request to an answer that is kept, in this process or a layer behind it, or read now for all who ask for it. */
export function createCachedRead(tools: CachedReadTools, route: OperationRoute, cached: CachedOperation): CachedRead {
  const { cache, admission, consistency, edge } = tools
  const { operation, access } = route
  const readFields = createFieldReader(operation.http)
  const answers = createCachedAnswers(route, cache.memory.addView)
  const fillFor = createFill(tools, route)
  const hitTexts = createHitTexts()

  return (exchange, query, codec) => {
    const admitted = admission.admit(exchange)
    if (admitted instanceof Promise) return admitted.then((principal) => read({ exchange, query, codec, principal }))
    return read({ exchange, query, codec, principal: admitted })
  }

  function read({ exchange, query, codec, principal }: Admitted): Answer | Promise<Answer> {
    access.caller(principal)
    const { request, startedMs } = exchange
    const input = codec.decode(readFields(request, query)) as Readonly<Record<string, unknown>>
    const seen = consistency.glance(request.raw.headers)
    const after = seen === undefined ? NOTHING : cached.relevant(seen)
    const asked = { operation: cached, key: cached.keyOf(input), input, after }
    const entry = cache.find(asked, startedMs)
    if (entry === null) {
      const reason = after === NOTHING ? '' : '; reason=token'
      return cache
        .load({ ...asked, fill: fillFor(exchange, input) })
        .then((found) => answer({ ...found, exchange, codec, input, reason }))
    }
    // Whoever it was that was drawn to read it again has an answer; what comes of that shows in the numbers.
    if (cache.isDue(entry, startedMs)) cache.load({ ...asked, fill: fillFor(exchange, input) }).catch(() => undefined)
    return answer({ entry, source: 'l1', exchange, codec, input, reason: '' })
  }

  function answer({ entry, source, exchange, codec, input, reason }: Answering): Answer {
    const { headers, startedMs } = exchange
    const nowMs = source === 'l1' ? startedMs : tools.clock.monotonicMs()
    const ageSeconds = Math.max(0, Math.floor((nowMs - entry.readAtMs) / 1_000))
    headers.push('X-Cache', source === 'l1' ? hitTexts.of(ageSeconds) : describe(source, ageSeconds, reason))
    // What a cache behind us keeps must not grow old twice (RFC 9111 5.1).
    if (ageSeconds > 0) headers.push('Age', String(ageSeconds))
    if (entry.answer.data === null) throw coreErrors.NOT_FOUND()
    const inbound = exchange.request.raw.headers
    const ifNoneMatch = inbound['if-none-match']
    const acceptEncoding = inbound['accept-encoding'] as string | undefined
    const scope = { codec, input, ifNoneMatch, acceptEncoding, now: edge.now }
    return source === 'filled' ? answers.first(entry, scope) : answers.again(entry, scope)
  }
}

interface Admitted {
  readonly exchange: Exchange
  readonly query: Readonly<Record<string, string>>
  readonly codec: OperationCodec
  readonly principal: Principal
}

interface Answering {
  readonly entry: Entry<View>
  readonly source: Source
  readonly exchange: Exchange
  readonly codec: OperationCodec
  readonly input: unknown
  readonly reason: string
}

/** Written once for each age: a text put together is written out letter by letter. */
function createHitTexts() {
  const texts: string[] = []
  const make = (age: number) => describe('l1', age, '')
  return { of: (age: number): string => (age < MAX_TEXTS ? (texts[age] ??= make(age)) : make(age)) }
}

const MAX_TEXTS = 3_600

/** `l1-hit; age=3`: which layer answered, how old what it said is, and why none did. */
function describe(source: Source, ageSeconds: number, reason: string): string {
  if (source === 'l1' || source === 'l2') return `${source}-hit; age=${ageSeconds}`
  if (source === 'stale') return `stale; reason=unavailable; age=${ageSeconds}`
  return `miss; ${source}${reason}`
}
