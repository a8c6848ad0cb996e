import type { TSchema } from 'typebox'
import { coreErrors, type ErrorFactory } from '../../core/index.ts'
import { isPage } from '../schema/common-schemas.ts'
import { pathParameters, type Operation } from '../definition/contract.ts'
import { fieldsOf } from '../schema/json-schema.ts'
import { ErrorAnswer, Faults, ListMeta, Meta } from './envelope-schemas.ts'
import type { DocumentedOperation } from './parameters.ts'
import type { Reference, ResponseObject, SchemaObject } from './document.ts'

export interface ErrorShapes {
  /** Errors that every operation may answer, from the edge. */
  readonly edgeErrors: readonly ErrorFactory[]
  readonly detailsOf: (error: ErrorFactory) => TSchema | null
}

/** Every answer of an operation, by status. */
export function responsesOf(documented: DocumentedOperation, shapes: ErrorShapes): Answers {
  const { operation } = documented
  const responses: Answers = {
    [operation.http.status]: success(documented, operation.http.status === 201 ? 'Created.' : 'Done.'),
  }
  if (operation.kind === 'command' && operation.mayPend) {
    responses[202] = success(documented, 'Accepted and still running: ask for it again.')
  }
  if (operation.kind === 'query') responses[304] = { description: 'What `If-None-Match` names still holds.' }
  const implied = [...impliedErrors(operation), ...shapes.edgeErrors]
  for (const [status, group] of groupByStatus([...operation.errors, ...implied])) {
    const response = failure(documented, shapes, group)
    const isShared = group.every((error) => implied.includes(error))
    responses[status] = isShared
      ? documented.components.response(`Error${status}`, documented.version, response)
      : response
  }
  return responses
}

type Answers = Record<string, ResponseObject | Reference>

function success({ operation, output, version, components }: DocumentedOperation, description: string): ResponseObject {
  const paged = isPage(operation.output)
  const data = paged ? (fieldsOf(output).items as TSchema) : output
  const schema = {
    type: 'object',
    required: ['success', 'data', 'meta'],
    properties: {
      success: { const: true },
      data: components.schema(data, version),
      meta: components.schema(paged ? ListMeta : Meta, version),
    },
  }
  return { description, headers: successHeaders(operation), content: { 'application/json': { schema } } }
}

function successHeaders(operation: DocumentedOperation['operation']): ResponseObject['headers'] {
  const text = { type: 'string' }
  const requestId = { 'X-Request-Id': { description: 'Names this request in every log.', schema: text } }
  if (operation.kind === 'query') {
    return { ...requestId, ETag: { description: 'Strong; for `If-None-Match` and `If-Match`.', schema: text } }
  }
  const token =
    'How far the shop had come: echoed with a later read, makes it include this write. Opaque, good for an hour.'
  return {
    ...requestId,
    'Consistency-Token': { description: token, schema: text },
    ...(operation.http.location ? { Location: { description: 'Where the created resource is.', schema: text } } : {}),
    ...(operation.outcome === 'none'
      ? {}
      : { 'Idempotency-Replayed': { description: '`true`: the stored answer of an earlier request.', schema: text } }),
  }
}

/** What follows from the operation itself, so that contracts need not list it. */
function impliedErrors(operation: DocumentedOperation['operation']): readonly ErrorFactory[] {
  const { UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, KEY_IN_USE, KEY_REUSED } = coreErrors
  const { access } = operation
  const hasAddress = pathParameters(operation.http.path).length > 0
  return [
    coreErrors.INVALID_INPUT,
    ...(access.kind === 'user' ? [UNAUTHENTICATED, FORBIDDEN] : []),
    ...(hasAddress ? [NOT_FOUND] : []),
    ...(takesKey(operation) ? [KEY_IN_USE, KEY_REUSED] : []),
    coreErrors.INTERNAL,
    coreErrors.OVERLOADED,
    coreErrors.UNAVAILABLE,
    coreErrors.DEADLINE_EXCEEDED,
  ]
}

function takesKey(operation: Operation): boolean {
  return operation.kind === 'command' && operation.outcome !== 'none'
}

function groupByStatus(errors: readonly ErrorFactory[]): ReadonlyMap<number, readonly ErrorFactory[]> {
  const byCode = new Map(errors.map((error) => [error.code, error]))
  return Map.groupBy(byCode.values(), (error) => error.spec.http)
}

function failure(
  { version, components }: DocumentedOperation,
  { detailsOf }: ErrorShapes,
  errors: readonly ErrorFactory[],
): ResponseObject {
  const answer = components.schema(ErrorAnswer, version)
  const narrowed = errors.map((error) => {
    const details = error.code === coreErrors.INVALID_INPUT.code ? Faults : detailsOf(error)
    return { error, details: details ? components.schema(details, version) : null }
  })
  const schema = { allOf: [answer, { properties: { error: errorSchema(narrowed) } }] }
  const plain = narrowed.filter(({ details }) => details === null)
  const examples = Object.fromEntries(plain.map(({ error }) => [error.code, { value: exampleOf(error) }]))
  const description = errors.map(({ code, spec }) => `\`${code}\`: ${spec.message}`).join('\n\n')
  return { description, content: { 'application/json': { schema, examples } } }
}

interface NarrowedError {
  readonly error: ErrorFactory
  readonly details: SchemaObject | null
}

function errorSchema(narrowed: readonly NarrowedError[]): SchemaObject {
  const branches = narrowed.map(({ error, details }) => ({
    properties: { code: { const: error.code }, ...(details ? { details } : {}) },
  }))
  return branches.length === 1 ? branches[0]! : { oneOf: branches }
}

function exampleOf({ code, spec: { message, effect, retry } }: ErrorFactory): object {
  return {
    success: false,
    error: { code, message, effect, retry, details: {} },
    meta: { timestamp: '2026-01-15T10:30:00.000Z', requestId: '9f2c41d07ab3-1x' },
  }
}
