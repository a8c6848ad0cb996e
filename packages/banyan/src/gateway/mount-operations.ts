import type { FastifyInstance } from 'fastify'
import { createAccessCheck, operationId, type Contract, type Versions } from '../contract/index.ts'
import type { Clock } from '../core/index.ts'
import { createAttemptGuard, type AttemptLimit } from './attempt-limits.ts'
import type { OperationRoute } from './carry-out.ts'
import { createOperationCodec } from './operation-codec.ts'
import { createOperationHandler, type HandlerTools } from './operation-handler.ts'

export interface MountOptions {
  readonly contracts: readonly Contract[]
  readonly versions: Versions
  readonly attemptLimits: readonly AttemptLimit[]
  readonly clock: Clock
}

/** Routes each operation under `/api/vN` for every version, and under `/api` for whoever names the version elsewhere. */
export function mountOperations(app: FastifyInstance, tools: HandlerTools, options: MountOptions): void {
  for (const route of listRoutes(options)) {
    const { method, path } = route.operation.http
    app.route({ method, url: `/api${path}`, handler: createOperationHandler(tools, route, null) })
    for (const version of options.versions.supported) {
      const handler = createOperationHandler(tools, route, version)
      app.route({ method, url: `/api/v${version}${path}`, handler })
    }
  }
}

function listRoutes({ contracts, versions, attemptLimits, clock }: MountOptions): readonly OperationRoute[] {
  return contracts.flatMap((contract) =>
    Object.entries(contract.operations).flatMap(([name, operation]) => {
      if (operation.http === null || operation.access.kind === 'internal') return []
      const id = operationId(contract, name)
      const codecs = versions.supported.map((version) => createOperationCodec(operation, versions, version))
      const limit = attemptLimits.find((candidate) => candidate.operation === id)
      return {
        id,
        operation: { ...operation, http: operation.http },
        access: createAccessCheck(contract.name, operation),
        codecs: new Map(codecs.map((codec) => [codec.apiVersion, codec])),
        guard: limit ? createAttemptGuard(limit, clock) : null,
      }
    }),
  )
}
