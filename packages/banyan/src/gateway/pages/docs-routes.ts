import { readFileSync } from 'node:fs'
import type { FastifyInstance } from 'fastify'
import { createOpenApi, type OpenApiOptions } from '../../contract/index.ts'
import type { Admission } from '../limits/admission.ts'
import type { Edge } from '../edge.ts'
import { chooseCoding, compress, tagOfCoding, type CodedBody, type Coding } from '../answer/compression.ts'
import { findHit, textTag } from '../answer/etag.ts'
import { JSON_TYPE, type Answer, type Exchange } from '../exchange.ts'
import { gatewayErrors } from '../gateway-errors.ts'
import type { RequestHandler } from '../operations/operation-handler.ts'
import { createPlainHandler } from './plain-handler.ts'
import { PAGE_CSP } from '../answer/security-headers.ts'

export interface DocsTools {
  readonly edge: Edge
  readonly admission: Admission
}

/** `GET /openapi.json`, written out at the first request: most processes are never asked. */
export function mountOpenApi(app: FastifyInstance, tools: DocsTools, document: OpenApiOptions): void {
  const write = () => toFile(JSON.stringify(createOpenApi({ ...document, edgeErrors: EDGE_ERRORS })), JSON_TYPE)
  app.get('/openapi.json', createFileHandler(tools, write))
}

/** `GET /docs`: a page that renders the OpenAPI document. Our own few files: no CDN, works offline, strict CSP. */
export function mountDocsPage(app: FastifyInstance, tools: DocsTools): void {
  for (const [name, type] of Object.entries(TYPES)) {
    const read = () => readFileSync(new URL(`docs-page/${name}`, import.meta.url), 'utf8')
    const path = name === 'page.html' ? '/docs' : `/docs/${name}`
    app.get(
      path,
      createFileHandler(tools, () => toFile(read(), ['Content-Type', type, ...PAGE_CSP])),
    )
  }
}

/** `GET /` leads to the page, for who follows the address that a start prints; an app may have mounted a page of its own there. */
export function mountRoot(app: FastifyInstance, { edge, admission }: DocsTools): void {
  if (app.hasRoute({ method: 'GET', url: '/' })) return
  const toDocs = createPlainHandler(edge, async (exchange): Promise<Answer> => {
    await admission.chargeAddress(exchange)
    return { status: 302, headers: ['Location', '/docs', 'Cache-Control', 'no-cache'], body: null }
  })
  app.get('/', toDocs)
}

/** Errors that the edge may answer to any operation. */
const EDGE_ERRORS = [
  gatewayErrors.UNSUPPORTED_VERSION,
  gatewayErrors.INVALID_QUERY,
  gatewayErrors.MALFORMED_REQUEST,
  gatewayErrors.URI_TOO_LONG,
  gatewayErrors.RATE_LIMITED,
]

const TYPES = {
  'page.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'element.js': 'text/javascript; charset=utf-8',
  'schema.js': 'text/javascript; charset=utf-8',
  'text.js': 'text/javascript; charset=utf-8',
} as const

interface File {
  readonly tag: string
  readonly headers: readonly string[]
  readonly body: string
  /** What has been compressed once need not be again. */
  readonly coded: Map<Coding, CodedBody>
}

function toFile(body: string, headers: readonly string[]): File {
  const tag = textTag(body)
  return { tag, headers: [...headers, 'Cache-Control', 'no-cache', 'Vary', 'Accept-Encoding'], body, coded: new Map() }
}

/** Files are large beside the requests for them, so they draw on the limit of the address. */
function createFileHandler({ edge, admission }: DocsTools, make: () => File): RequestHandler {
  let file: File | null = null
  return createPlainHandler(edge, async (exchange): Promise<Answer> => {
    await admission.chargeAddress(exchange)
    file ??= make()
    return answerFile(exchange, file)
  })
}

function answerFile({ request }: Exchange, file: File): Answer {
  const { tag, headers, body } = file
  const { 'if-none-match': ifNoneMatch } = request.raw.headers
  const accepted = request.raw.headers['accept-encoding'] as string | undefined
  const hit = findHit(ifNoneMatch, tag, accepted)
  if (hit !== null) return { status: 304, headers: [...headers, 'ETag', hit], body: null }
  const coded = compressOnce(file, chooseCoding(accepted))
  if (coded === null) return { status: 200, headers: [...headers, 'ETag', tag], body }
  const { coding, bytes } = coded
  return {
    status: 200,
    headers: [...headers, 'ETag', tagOfCoding(tag, coding), 'Content-Encoding', coding],
    body: bytes,
  }
}

function compressOnce({ body, coded }: File, coding: Coding | null): CodedBody | null {
  if (coding === null) return null
  const made = coded.get(coding) ?? compress(body, 'utf8', coding)
  if (made !== null) coded.set(coding, made)
  return made
}
