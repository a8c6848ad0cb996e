import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { createOpenApi, type OpenApiOptions } from '../contract/index.ts'
import type { Edge } from './edge.ts'
import { textTag } from './etag.ts'
import { JSON_TYPE, type Answer } from './exchange.ts'
import { gatewayErrors } from './gateway-errors.ts'
import { createPlainHandler } from './plain-handler.ts'
import { PAGE_CSP } from './security-headers.ts'

const TYPES = {
  'page.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'element.js': 'text/javascript; charset=utf-8',
  'schema.js': 'text/javascript; charset=utf-8',
} as const

export interface DocsTools {
  readonly edge: Edge
  readonly document: OpenApiOptions
}

/** Errors that the edge may answer to any operation. */
const EDGE_ERRORS = [
  gatewayErrors.UNSUPPORTED_VERSION,
  gatewayErrors.INVALID_QUERY,
  gatewayErrors.MALFORMED_REQUEST,
  gatewayErrors.URI_TOO_LONG,
  gatewayErrors.RATE_LIMITED,
]

/** `GET /openapi.json`, written out at the first request: most processes are never asked. */
export function mountOpenApi(app: FastifyInstance, { edge, document }: DocsTools): void {
  let answer: Answer | null = null
  const write = (): Answer => {
    const body = JSON.stringify(createOpenApi({ ...document, edgeErrors: EDGE_ERRORS }))
    return { status: 200, headers: [...JSON_TYPE, 'Cache-Control', 'no-cache', 'ETag', textTag(body)], body }
  }
  app.get(
    '/openapi.json',
    createPlainHandler(edge, () => (answer ??= write())),
  )
}

/** `GET /docs`: a page that renders the OpenAPI document. Our own few files: no CDN, works offline, strict CSP. */
export function mountDocsPage(app: FastifyInstance, edge: Edge): void {
  for (const [name, type] of Object.entries(TYPES)) {
    const body = readFileSync(new URL(`docs-page/${name}`, import.meta.url), 'utf8')
    const headers = ['Content-Type', type, 'Cache-Control', 'no-cache', ...PAGE_CSP]
    const answer: Answer = { status: 200, headers, body }
    app.get(
      name === 'page.html' ? '/docs' : `/docs/${name}`,
      createPlainHandler(edge, () => answer),
    )
  }
}
