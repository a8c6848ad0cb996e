import type { FastifyInstance } from 'fastify'
import type { KeptList } from '../../cache/index.ts'
import { EXPOSITION_TYPE, exposeMetrics, type Metrics } from '../../observe/index.ts'
import type { Edge } from '../edge.ts'
import { JSON_TYPE, type Answer, type Exchange } from '../exchange.ts'
import { gatewayErrors } from '../gateway-errors.ts'
import { mayReadMetrics } from './metrics-access.ts'
import { createPlainHandler } from './plain-handler.ts'
import type { Readiness } from './readiness.ts'
import { DATA_CSP } from '../answer/security-headers.ts'

export interface SystemTools {
  readonly edge: Edge
  readonly readiness: Readiness
  readonly isDraining: () => boolean
  readonly metrics: Metrics
  /** A scraper from elsewhere proves itself with it: `Authorization: Bearer …`. `null`: only this machine may read. */
  readonly metricsToken: string | null
  /** `null`: nobody is told what is kept. */
  readonly listKept: (() => KeptList) | null
}

/** `/health/live`, `/health/ready`, `/metrics` and `/cache/entries`: for machines, not for clients, so not limited and not counted. */
export function mountSystemRoutes(app: FastifyInstance, tools: SystemTools): void {
  const { edge } = tools
  app.get(
    '/health/live',
    createPlainHandler(edge, () => healthy(edge, 'live')),
  )
  app.get(
    '/health/ready',
    createPlainHandler(edge, () => answerReady(tools)),
  )
  app.get(
    '/metrics',
    createPlainHandler(edge, (exchange) => answerMetrics(tools, exchange)),
  )
  app.get(
    '/cache/entries',
    createPlainHandler(edge, (exchange) => answerKept(tools, exchange)),
  )
}

/** While draining the gateway still serves, but tells balancers to send nothing new. */
async function answerReady({ edge, readiness, isDraining }: SystemTools): Promise<Answer> {
  if (isDraining()) throw gatewayErrors.NOT_READY({ missing: 'this process is stopping' })
  const missing = await readiness()
  if (missing.length > 0) throw gatewayErrors.NOT_READY({ missing: missing.join(', '), dependencies: missing })
  return healthy(edge, 'ready')
}

function healthy(edge: Edge, status: string): Answer {
  const body = JSON.stringify({ success: true, data: { status }, meta: { timestamp: edge.now() } })
  return {
    status: 200,
    headers: [...JSON_TYPE, 'Cache-Control', 'no-store'],
    body,
  }
}

/** Whoever may not read them sees no such path. */
function answerMetrics({ metrics, metricsToken }: SystemTools, { request }: Exchange): Answer {
  if (!mayReadMetrics(request.raw, metricsToken)) throw gatewayErrors.UNKNOWN_PATH()
  const body = exposeMetrics(metrics)
  return { status: 200, headers: ['Content-Type', EXPOSITION_TYPE, 'Cache-Control', 'no-store', ...DATA_CSP], body }
}

/** For the audit, which compares them with what the services say. */
function answerKept({ listKept, metricsToken }: SystemTools, { request }: Exchange): Answer {
  if (!listKept || !mayReadMetrics(request.raw, metricsToken)) throw gatewayErrors.UNKNOWN_PATH()
  return { status: 200, headers: [...JSON_TYPE, 'Cache-Control', 'no-store'], body: JSON.stringify(listKept()) }
}
