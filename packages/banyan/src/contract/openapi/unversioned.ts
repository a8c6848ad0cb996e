import type { Versions } from '../versions/versions.ts'
import type { Content, OperationObject, ParameterObject, ResponseObject, SchemaObject } from './document.ts'

/**
 * An operation under its path without a version: what the default version takes and answers, or any other that a header or the
 * query names.
 * @param operations The operation as each version describes it, by version.
 */
export function withoutVersion(operations: ReadonlyMap<number, OperationObject>, versions: Versions): OperationObject {
  const { deprecated: _, ...base } = operations.get(versions.default)!
  const all = [base, ...operations.values()]
  const { requestBody } = base
  return {
    ...base,
    operationId: base.operationId.replace(/\.v\d+$/, ''),
    parameters: [...base.parameters, ...versionParameters(versions)],
    ...(requestBody ? { requestBody: { ...requestBody, content: eitherContent(all.map(bodyOf)) } } : {}),
    responses: Object.fromEntries(Object.keys(base.responses).map((status) => [status, eitherResponse(all, status)])),
  }
}

function versionParameters({ supported, default: fallback }: Versions): readonly ParameterObject[] {
  const description = `The API version that is meant; none named: ${fallback}. Header and query must not contradict each other.`
  const schema = { type: 'integer', enum: supported, default: fallback }
  return [
    { name: 'version', in: 'query', required: false, description, schema },
    { name: 'Api-Version', in: 'header', required: false, description, schema },
  ]
}

function bodyOf({ requestBody }: OperationObject | Omit<OperationObject, 'deprecated'>): Content {
  return requestBody?.content ?? {}
}

/** Shared answers are the same in every version: they are made of what no version changes. */
function eitherResponse(operations: readonly Pick<OperationObject, 'responses'>[], status: string) {
  const responses = operations.flatMap(({ responses: byStatus }) => byStatus[status] ?? [])
  const [first] = responses
  const inline = responses.filter((response): response is ResponseObject => !('$ref' in response))
  if (inline.length === 0 || '$ref' in first! || first!.content === undefined) return first!
  return { ...first!, content: eitherContent(inline.map(({ content }) => content ?? {})) }
}

function eitherContent(contents: readonly Content[]): Content {
  const [first] = contents
  return Object.fromEntries(
    Object.entries(first!).map(([type, media]) => {
      const schemas = contents.map((content) => content[type]?.schema).filter((schema) => schema !== undefined)
      return [type, { ...media, schema: either(schemas) }]
    }),
  )
}

/** Each shape once, the default version's first. */
function either(schemas: readonly SchemaObject[]): SchemaObject {
  const distinct = [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema] as const)).values()]
  return distinct.length === 1 ? distinct[0]! : { anyOf: distinct }
}
