import type { FastifyInstance } from 'fastify'
import { createCachePlan } from '../../cache/index.ts'
import { createAccessCheck, operationId, type Contract, type Versions } from '../../contract/index.ts'
import { coreErrors, type Clock } from '../../core/index.ts'
import type { OpenAttemptCounter } from '../limits/attempt-counter.ts'
import { createAttemptGuard, type AttemptLimit } from '../limits/attempt-limits.ts'
import { createCacheHeaders } from '../caching/cache-headers.ts'
import type { OperationRoute } from './carry-out.ts'
import { createOperationCodec } from './operation-codec.ts'
import { createOperationHandler, type HandlerTools } from './operation-handler.ts'

export interface RouteOptions {
  readonly contracts: readonly Contract[]
  readonly versions: Versions
  readonly attemptLimits?: readonly AttemptLimit[]
  readonly attemptCounter?: OpenAttemptCounter
  readonly clock: Clock
  readonly cacheTagHeader?: string
}

/**
 * Every operation that is reached from outside, with what its requests go through.
 * @throws `api.INVALID_OPTIONS` for an attempt limit whose operation is not among them: it would protect nothing.
 */
export function listRoutes({
  contracts,
  versions,
  attemptLimits = [],
  attemptCounter,
  clock,
  cacheTagHeader,
}: RouteOptions): readonly OperationRoute[] {
  const limits = new Map(attemptLimits.map((limit) => [limit.operation, limit]))
  const plan = createCachePlan(contracts)
  const routes = contracts.flatMap((contract) =>
    Object.entries(contract.operations).flatMap(([name, operation]) => {
      if (operation.http === null || operation.access.kind === 'internal') return []
      const id = operationId(contract, name)
      const codecs = versions.supported.map((version) => createOperationCodec(operation, versions, version))
      const limit = limits.get(id)
      limits.delete(id)
      return {
        id,
        operation: { ...operation, http: operation.http },
        access: createAccessCheck(contract.name, operation),
        codecs: new Map(codecs.map((codec) => [codec.apiVersion, codec])),
        guard: limit ? createAttemptGuard(limit, clock, attemptCounter) : null,
        cacheHeaders: createCacheHeaders(operation, cacheTagHeader),
        writes: plan.writes.get(id) ?? null,
        cached: plan.operations.get(id) ?? null,
      }
    }),
  )
  if (limits.size > 0) throw strayLimits([...limits.keys()])
  return routes
}

/** Routes each operation under `/api/vN` for every version, and under `/api` for whoever names the version elsewhere. */
export function mountOperations(app: FastifyInstance, tools: HandlerTools, routes: readonly OperationRoute[]): void {
  for (const route of routes) {
    const { method, path } = route.operation.http
    app.route({ method, url: `/api${path}`, handler: createOperationHandler(tools, route, null) })
    for (const version of tools.versions.supported) {
      app.route({ method, url: `/api/v${version}${path}`, handler: createOperationHandler(tools, route, version) })
    }
  }
}

function strayLimits(operations: readonly string[]): Error {
  const faults = `Attempt limits name operations that no contract routes: ${operations.join(', ')}. Correct the names.`
  return coreErrors.INVALID_OPTIONS({ subject: 'The gateway', faults })
}
