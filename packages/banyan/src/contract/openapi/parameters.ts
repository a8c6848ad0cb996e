import type { TSchema } from 'typebox'
import { coreErrors } from '../../core/index.ts'
import { pathParameters, type HttpBinding, type Operation } from '../definition/contract.ts'
import { fieldsOf, jsonSchema } from '../schema/json-schema.ts'
import type { DocumentComponents } from './document-components.ts'
import type { OperationObject, ParameterObject } from './document.ts'

/** An operation as one API version shows it, with what documents are made from. */
export interface DocumentedOperation {
  readonly service: string
  readonly name: string
  readonly operation: Operation & { readonly http: HttpBinding }
  readonly version: number
  readonly input: TSchema
  readonly output: TSchema
  readonly components: DocumentComponents
}

/** Path and query parameters from the input, and the headers that the operation understands. */
export function parametersOf(documented: DocumentedOperation): readonly ParameterObject[] {
  const { operation, input } = documented
  const inPath = pathParameters(operation.http.path)
  const inQuery = hasBody(operation.http) ? [] : Object.keys(fieldsOf(input)).filter((name) => !inPath.includes(name))
  return [
    ...inPath.map((name) => parameter(documented, name, 'path')),
    ...inQuery.map((name) => parameter(documented, name, 'query')),
    ...headersOf(operation),
  ]
}

/** What is left of the input for the body; `undefined`: no body. */
export function requestBodyOf(documented: DocumentedOperation): OperationObject['requestBody'] {
  const { operation, input, version, components } = documented
  if (!hasBody(operation.http)) return undefined
  if (operation.http.raw) return { required: true, content: { '*/*': { schema: { type: 'string' } } } }
  const inPath = pathParameters(operation.http.path)
  const { title: _, ...schema } = jsonSchema(input)
  const fields = Object.entries(fieldsOf(input)).filter(([name]) => !inPath.includes(name))
  if (fields.length === 0) return undefined
  const required = schema.required?.filter((name) => !inPath.includes(name)) ?? []
  const body = { ...schema, required, properties: Object.fromEntries(fields) }
  return { required: true, content: { 'application/json': { schema: components.schema(body as TSchema, version) } } }
}

function hasBody({ method }: HttpBinding): boolean {
  return method === 'POST' || method === 'PUT'
}

function parameter({ input, version, components }: DocumentedOperation, name: string, at: 'path' | 'query') {
  const { description, ...schema } = fieldsOf(input)[name]!
  const required = at === 'path' || jsonSchema(input).required?.includes(name) === true
  const documented = { name, in: at, required, schema: components.schema(schema as TSchema, version) }
  return description === undefined ? documented : { ...documented, description }
}

function headersOf(operation: DocumentedOperation['operation']): readonly ParameterObject[] {
  const raw =
    operation.http.raw?.headers.map((name) => header(name, 'Signed by the sender; see its documentation.')) ?? []
  if (operation.kind === 'query') {
    const isKnown = header('If-None-Match', 'The ETag of an answer at hand: 304 when it still holds.')
    return operation.readModel === undefined ? [isKnown] : [isKnown, header('Consistency-Token', TOKEN_NOTE)]
  }
  const isConditional = operation.errors.some(({ code }) => code === coreErrors.PRECONDITION_FAILED.code)
  return [
    ...raw,
    ...(operation.outcome === 'none' ? [] : [IDEMPOTENCY_KEY]),
    ...(isConditional
      ? [header('If-Match', 'The ETag that the change is based on: 412 when it no longer holds.')]
      : []),
    ...(operation.mayPend ? [header('Prefer', '`wait=N`: seconds to wait before 202 is answered. Default 10.')] : []),
  ]
}

function header(name: string, description: string): ParameterObject {
  return { name, in: 'header', required: false, description, schema: { type: 'string' } }
}

const TOKEN_NOTE =
  'As an answer to a write brought it: the answer includes that write. Without one it may lag behind by moments.'

const IDEMPOTENCY_KEY: ParameterObject = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'A repeat with the same key gets the first final answer again. One is made and returned when absent.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7e]+$' },
}
