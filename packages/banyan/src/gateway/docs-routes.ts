import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import type { Edge } from './edge.ts'
import type { Answer } from './exchange.ts'
import { createPlainHandler } from './plain-handler.ts'
import { PAGE_CSP } from './security-headers.ts'

const TYPES = {
  'page.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'element.js': 'text/javascript; charset=utf-8',
  'schema.js': 'text/javascript; charset=utf-8',
} as const

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
