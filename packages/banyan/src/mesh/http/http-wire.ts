import type { IncomingHttpHeaders } from 'node:http'
import { type Call, type EncodedInput, type Reply } from '../../contract/index.ts'
import { coreErrors, isError } from '../../core/index.ts'
import { asciiJson, contextToHeaders, raiseFrontier, REPLY_HEADERS } from '../call-headers.ts'
import { createCallsUnderWay } from '../calls-under-way.ts'
import { NO_RELEASE, RELEASE_HEADER } from '../releases.ts'
import type { ConnectOptions, InstanceWire } from '../transport.ts'
import { parseWireAddress } from '../wire-address.ts'
import { createConnections } from './connections.ts'
import { createExchange, type Answer, type HttpRequest } from './exchange.ts'
import { HTTP_HEADERS, CALL_PATH } from './http-protocol.ts'
import type { HttpSettings } from './http-options.ts'
import { createProbe } from './probe.ts'
import { createReachability } from './reachability.ts'
import { readError } from './read-error.ts'

export interface HttpWireOptions extends ConnectOptions {
  readonly settings: HttpSettings
  readonly release: string
  /** Whether the operation may be sent again although an attempt may have been carried out. */
  readonly isSafe: (operationId: string) => boolean
}

/** Calls to one process over connections that are kept; each carries one call at a time. */
export function connectHttp(options: HttpWireOptions): InstanceWire {
  const { address, clock, credentials, settings, frontier } = options
  const connections = createConnections({ address: parseWireAddress(address), settings, tls: credentials.tls })
  const exchange = createExchange({ address, clock, settings, connections })
  const calls = createCallsUnderWay({ address, clock, maxCalls: settings.maxConnections, what: 'The http wire' })
  const release = releaseHeader(options)
  const probe = createProbe({ exchange, address, headers: release })
  const reachability = createReachability({ ...options, probe })

  async function send(id: string, body: string | Uint8Array, sent: Sent): Promise<Answer> {
    const begin = () => exchange({ ...requestOf(id, body, sent), mayRepeat: options.isSafe(id) })
    const answer = await reachability.note(calls.run(sent.call, begin))
    raiseFrontier(frontier, textOf(answer.headers, REPLY_HEADERS.positions))
    return answer
  }

  function requestOf(id: string, body: string | Uint8Array, { call, fields }: Sent): Omit<HttpRequest, 'mayRepeat'> {
    const service = id.slice(0, id.indexOf('.'))
    const leftMs = Math.max(1, Math.round(call.deadlineAtMs - clock.monotonicMs()))
    const headers: HttpRequest['headers'] = [
      ['authorization', `Bearer ${credentials.issue(service)}`],
      [HTTP_HEADERS.timeoutMs, String(Math.min(MAX_TIMEOUT_MS, leftMs))],
      ...(fields === null ? [] : [[HTTP_HEADERS.fields, asciiJson(fields)] as const]),
      ...release,
      ...contextToHeaders(call),
    ]
    return { service, method: 'POST', path: CALL_PATH + id, headers, body }
  }

  return {
    address,
    get state() {
      return reachability.state
    },
    async call(id, input, call) {
      const answer = await send(id, JSON.stringify(input), { call, fields: null })
      const reply = readReply(answer, address)
      return { ...reply, data: parseData(reply.data) }
    },
    async callEncoded(id, { fields, body }: EncodedInput, call) {
      const isBare = body === null
      const answer = await send(id, isBare ? JSON.stringify(fields) : body, { call, fields: isBare ? null : fields })
      return readReply(answer, address)
    },
    probe: (signal) => reachability.note(probe(signal)).then(() => undefined),
    stop() {
      reachability.stop()
      calls.stop()
      connections.close()
      return Promise.resolve()
    },
  }
}

function releaseHeader({ release }: HttpWireOptions): HttpRequest['headers'] {
  return release === NO_RELEASE ? [] : [[RELEASE_HEADER, release]]
}

interface Sent {
  readonly call: Call
  readonly fields: EncodedInput['fields'] | null
}

/** The header has nine digits; a day is longer than any operation may take. */
const MAX_TIMEOUT_MS = 86_400_000

/** @throws the error that the service answered. */
function readReply({ status, headers, body }: Answer, address: string): Reply<Buffer> {
  const replayed = headers[REPLY_HEADERS.replayed] === 'true'
  if (status >= 200 && status < 300) {
    return {
      data: body,
      versions: textOf(headers, REPLY_HEADERS.versions),
      changedAt: textOf(headers, REPLY_HEADERS.changedAt),
      replayed,
      pending: headers[REPLY_HEADERS.pending] === 'true',
    }
  }
  const error = readError(body, { replayed })
  // A proxy on the way answers in its own words; what became of the call it does not say.
  const isForeign = isError(error, coreErrors.INTERNAL) && PROXY_STATUSES.has(status)
  throw isForeign ? coreErrors.UNAVAILABLE({ what: address }, { cause: error }) : error
}

/** @throws `api.INTERNAL`: the call was carried out, but not by something that speaks this wire. */
function parseData(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch (cause) {
    throw coreErrors.INTERNAL({}, { cause })
  }
}

const PROXY_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504])

function textOf(headers: IncomingHttpHeaders, name: string): string | null {
  return (headers[name] as string | undefined) ?? null
}
