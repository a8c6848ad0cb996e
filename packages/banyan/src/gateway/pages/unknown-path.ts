import type { FastifyInstance } from 'fastify'
import type { Admission } from '../limits/admission.ts'
import type { ApiVersions } from '../request/api-version.ts'
import type { Cors } from '../answer/cors.ts'
import type { Edge } from '../edge.ts'
import type { Answer, Exchange } from '../exchange.ts'
import { gatewayErrors } from '../gateway-errors.ts'
import type { RequestHandler } from '../operations/operation-handler.ts'
import { createPlainHandler } from './plain-handler.ts'

export interface UnknownPathTools {
  readonly edge: Edge
  readonly admission: Admission
  readonly versions: ApiVersions
  readonly cors: Cors
  readonly maxUrlBytes: number
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'] as const

/** What no route answers: preflight requests, methods that a path does not have, unserved versions, unknown paths. */
export function createUnknownPathHandler(app: FastifyInstance, tools: UnknownPathTools): RequestHandler {
  const { edge, admission } = tools

  async function answer(exchange: Exchange): Promise<Answer> {
    await admission.chargeAddress(exchange)
    const { method, raw } = exchange.request
    const path = pathOf(raw.url!, tools.maxUrlBytes)
    const allowed = METHODS.filter((candidate) => app.findRoute({ method: candidate, url: path }) !== null)
    if (allowed.length === 0) throw refusePath(path, tools.versions)
    const methods = [...allowed, 'OPTIONS'].join(', ')
    if (method !== 'OPTIONS') throw gatewayErrors.METHOD_NOT_ALLOWED({ method, allowed: methods })
    return { status: 204, headers: ['Allow', methods, ...preflight(exchange, methods, tools.cors)], body: null }
  }

  return createPlainHandler(edge, answer)
}

function pathOf(url: string, maxUrlBytes: number): string {
  if (url.length > maxUrlBytes) throw gatewayErrors.URI_TOO_LONG({ maxBytes: maxUrlBytes })
  return url.split('?', 1)[0]!
}

function refusePath(path: string, versions: ApiVersions): Error {
  const version = /^\/api\/v(\d+)(\/|$)/.exec(path)?.[1]
  const isServed = version === undefined || versions.supported.some((served) => String(served) === version)
  return isServed ? gatewayErrors.UNKNOWN_PATH() : versions.refuse(version)
}

function preflight({ request }: Exchange, methods: string, cors: Cors): readonly string[] {
  const inbound = request.raw.headers
  return inbound['access-control-request-method'] === undefined ? [] : cors.preflight(inbound.origin, methods)
}
