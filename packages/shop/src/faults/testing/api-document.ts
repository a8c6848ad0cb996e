import { Compile } from 'typebox/schema'
import type { PlainSchema } from 'banyan/testing'

/** One operation in one version, as `GET /openapi.json` describes it. */
export interface ApiOperation {
  /** `orders.placeOrder` */
  readonly id: string
  readonly version: number
  readonly method: string
  /** After `/api/vN`: `/users/{userId}/orders` */
  readonly path: string
  readonly parameters: readonly ApiParameter[]
  readonly body: PlainSchema | null
  /** Codes of the errors that it declares, by status. */
  readonly errors: ReadonlyMap<number, ReadonlySet<string>>
  /** Whether this is what it answers with this status. */
  matches(status: number, answer: unknown): boolean
}

export interface ApiParameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly schema: PlainSchema
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, RawOperation>>>>
}

interface RawOperation {
  readonly operationId: string
  readonly parameters: readonly ApiParameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: PlainSchema }>> }
  readonly responses: Readonly<Record<string, RawResponse>>
}

interface RawResponse {
  readonly content?: {
    readonly 'application/json': { readonly schema: PlainSchema & { readonly allOf?: readonly PlainSchema[] } }
  }
}

/** Every operation of every version; those without one are the same handlers. */
export function readOperations(json: unknown): ApiOperation[] {
  const { paths } = resolveReferences(json) as Document
  const versioned = Object.entries(paths).filter(([path]) => /^\/api\/v\d+\//.test(path))
  return versioned.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => toOperation(path, method, raw)),
  )
}

function toOperation(path: string, method: string, raw: RawOperation): ApiOperation {
  const [, version, rest] = /^\/api\/v(\d+)(\/.*)$/.exec(path)!
  const responses = Object.entries(raw.responses).map(([status, response]) => [Number(status), response] as const)
  const good = new Map(
    responses
      .filter(([status]) => status < 300)
      .map(([status, response]) => [status, Compile(schemaOf(response) as never)]),
  )
  return {
    id: raw.operationId.replace(/\.v\d+$/, ''),
    version: Number(version),
    method: method.toUpperCase(),
    path: rest!,
    parameters: raw.parameters,
    body: Object.values(raw.requestBody?.content ?? {})[0]?.schema ?? null,
    errors: new Map(
      responses.filter(([status]) => status >= 400).map(([status, response]) => [status, codesOf(response)]),
    ),
    matches: (status, answer) => good.get(status)?.Check(answer) === true,
  }
}

function schemaOf({ content }: RawResponse) {
  return content!['application/json'].schema
}

/** `allOf: [the envelope, { properties: { error: one branch or several } }]` */
function codesOf(response: RawResponse): ReadonlySet<string> {
  const error = schemaOf(response).allOf![1]!.properties!.error!
  return new Set((error.oneOf ?? [error]).map((branch) => String(branch.properties!.code!.const)))
}

/** The document has no cycles, so each reference can be replaced by what it names. */
function resolveReferences(root: unknown): unknown {
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve)
    if (typeof value !== 'object' || value === null) return value
    const { $ref } = value as { readonly $ref?: unknown }
    if (typeof $ref === 'string') return resolve(find(root, $ref))
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, resolve(part)]))
  }
  return resolve(root)
}

function find(root: unknown, reference: string): unknown {
  const names = reference.slice('#/'.length).split('/')
  return names.reduce((value, name) => (value as Record<string, unknown>)[name], root)
}
