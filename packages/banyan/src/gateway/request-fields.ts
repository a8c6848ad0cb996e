import type { FastifyRequest } from 'fastify'
import { invalidInput, pathParameters, type HttpBinding } from '../contract/index.ts'
import { decodeBody, parseJsonBody } from './json-body.ts'

type Fields = Record<string, unknown>

/** Everything that a request says, as one flat object: path parameters and the query (GET, DELETE) or the body. */
export type FieldReader = (request: FastifyRequest, query: Readonly<Record<string, string>>) => Fields

/**
 * @throws `api.INVALID_INPUT` where a field is given twice (in the path and again in body or query): which one counts
 * would decide whose resource is written. Also for query fields beside a body, and for a body that is no object.
 */
export function createFieldReader(http: HttpBinding): FieldReader {
  const parameters = pathParameters(http.path)
  if (http.raw) return readRaw(http.raw.headers)
  if (http.method === 'GET' || http.method === 'DELETE') {
    return (request, query) => merge(query, request, parameters)
  }
  return (request, query) => {
    for (const name in query)
      throw invalidInput([{ pointer: `/${name}`, message: 'belongs in the body, not the query' }])
    return merge(
      requireObject(parseJsonBody(request.body as Buffer | undefined, request.raw.headers)),
      request,
      parameters,
    )
  }
}

/** Signatures cover bytes, so webhooks get the text as it came. */
function readRaw(names: readonly string[]): FieldReader {
  return (request) => {
    const { headers } = request.raw
    const given = names.filter((name) => typeof headers[name] === 'string')
    return {
      ...(request.params as Fields),
      body: decodeBody(request.body as Buffer | undefined, headers),
      headers: Object.fromEntries(given.map((name) => [name, headers[name]])),
    }
  }
}

function merge(fields: Readonly<Fields>, request: FastifyRequest, parameters: readonly string[]): Fields {
  for (const name of parameters) {
    if (Object.hasOwn(fields, name)) throw invalidInput([{ pointer: `/${name}`, message: 'is in the path already' }])
  }
  return parameters.length === 0 ? (fields as Fields) : { ...fields, ...(request.params as Fields) }
}

function requireObject(body: unknown): Fields {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Fields
  throw invalidInput([{ pointer: '', message: 'must be an object' }])
}
