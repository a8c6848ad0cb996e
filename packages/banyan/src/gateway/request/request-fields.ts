import type { FastifyRequest } from 'fastify'
import {
  decodeInput,
  decodeUtf8,
  invalidInput,
  pathParameters,
  type EncodedInput,
  type HttpBinding,
} from '../../contract/index.ts'
import { requireJsonBody, requirePlain } from './json-body.ts'

type Fields = Readonly<Record<string, unknown>>
type Query = Readonly<Record<string, string>>

/** Everything that a request says, as one flat object: path parameters and the query (GET, DELETE) or the body. */
export type FieldReader = (request: FastifyRequest, query: Query) => Fields

/**
 * @throws `api.INVALID_INPUT` where a field is given twice (in the path and again in body or query), for query fields beside a
 * body, and for a body that is no object.
 */
export function createFieldReader(http: HttpBinding): FieldReader {
  const parameters = pathParameters(http.path)
  if (http.raw) return readRaw(http.raw.headers)
  if (takesQuery(http)) return (request, query) => mergeQuery(query, request, parameters)
  const readEncoded = createEncodedReader(http)
  return (request, query) => decodeInput(readEncoded(request, query))
}

/** The same for a body that goes on unparsed. @throws `api.INVALID_INPUT` for query fields beside a body. */
export function createEncodedReader(http: HttpBinding): (request: FastifyRequest, query: Query) => EncodedInput {
  const hasParameters = pathParameters(http.path).length > 0
  return (request, query) => {
    for (const name in query) {
      throw invalidInput([{ pointer: `/${name}`, message: 'belongs in the body, not the query' }])
    }
    const body = requireJsonBody(request.body as Buffer | undefined, request.raw.headers)
    return { fields: hasParameters ? (request.params as Fields) : NO_FIELDS, body }
  }
}

/** Where the input is wholly in the address. */
export function takesQuery({ method }: HttpBinding): boolean {
  return method === 'GET' || method === 'DELETE'
}

/** Signatures cover bytes, so webhooks get the text as it came. */
function readRaw(names: readonly string[]): FieldReader {
  return (request) => {
    const { headers } = request.raw
    const given = names.filter((name) => typeof headers[name] === 'string')
    return {
      ...(request.params as Fields),
      body: readText(request.body as Buffer | undefined, headers),
      headers: Object.fromEntries(given.map((name) => [name, headers[name]])),
    }
  }
}

function readText(body: Buffer | undefined, headers: FastifyRequest['raw']['headers']): string {
  requirePlain(headers)
  return body === undefined ? '' : decodeUtf8(body)
}

function mergeQuery(query: Query, request: FastifyRequest, parameters: readonly string[]): Fields {
  for (const name of parameters) {
    if (Object.hasOwn(query, name)) throw invalidInput([{ pointer: `/${name}`, message: 'is in the path already' }])
  }
  if (parameters.length === 0) return query
  const params = request.params as Fields
  // Most requests have no query, and each copy is work for the garbage collector.
  for (const _ in query) return { ...query, ...params }
  return params
}

const NO_FIELDS = Object.freeze({})
