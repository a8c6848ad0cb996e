import { element, prose } from './element.js'
import { boundsOf } from './text.js'

const MAX_DEPTH = 8 // a schema that contains itself ends somewhere

/** The document's node behind a `$ref`, or the value itself. */
export function resolve(api, value) {
  if (!value?.$ref) return value
  const names = value.$ref.slice(2).split('/')
  return names.reduce((at, name) => at?.[name.replaceAll('~1', '/').replaceAll('~0', '~')], api)
}

/** A schema as a list of fields with their types, bounds and descriptions. */
export function describeSchema(api, given, depth = 0) {
  const schema = resolve(api, given) ?? {}
  if (depth > MAX_DEPTH) return element('span', { class: 'soft' }, '…')
  const fields = Object.entries(schema.properties ?? {})
  if (fields.length > 0) return fieldList(api, schema, depth)
  const inner = schema.items ?? branchWithFields(api, schema)
  return element(
    'span',
    {},
    element('code', {}, typeText(api, schema)),
    ...boundsParts(schema),
    inner && hasFields(api, inner) && describeSchema(api, inner, depth + 1),
  )
}

function fieldList(api, schema, depth) {
  const required = new Set(schema.required ?? [])
  const items = Object.entries(schema.properties).map(([name, field]) => {
    const inner = resolve(api, field) ?? {}
    return element(
      'li',
      {},
      element('code', {}, name),
      ' ',
      required.has(name) && element('span', { class: 'required' }, 'required '),
      inner.properties && element('span', { class: 'soft' }, typeText(api, inner)),
      describeSchema(api, inner, depth + 1),
      inner.description && element('span', { class: 'soft' }, ' · ', ...prose(inner.description)),
    )
  })
  return element('ul', { class: 'fields' }, ...items)
}

function hasFields(api, given) {
  const schema = resolve(api, given) ?? {}
  return !!schema.properties || !!schema.items || !!branchWithFields(api, schema)
}

function branchWithFields(api, { anyOf, oneOf, allOf }) {
  return (anyOf ?? oneOf ?? allOf ?? []).find((branch) => resolve(api, branch)?.properties)
}

function typeText(api, given) {
  const schema = resolve(api, given) ?? {}
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const branches = schema.anyOf ?? schema.oneOf
  if (branches) return branches.map((branch) => typeText(api, branch)).join(' | ')
  if (schema.type === 'array') return `list of ${typeText(api, schema.items)}`
  return schema.title ?? [schema.type ?? 'any'].flat().join(' | ')
}

/** Bounds in a line; a long pattern is shown to who asks for it. */
function boundsParts(schema) {
  const { text, pattern } = boundsOf(schema)
  return [
    element('span', { class: 'soft' }, text),
    pattern &&
      element('details', { class: 'pattern' }, element('summary', {}, 'pattern'), element('code', {}, pattern)),
  ]
}

/** A value that a schema allows, from its own examples where it has some. */
export function exampleOf(api, given, depth = 0) {
  const schema = resolve(api, given) ?? {}
  if (schema.examples?.length > 0) return schema.examples[0]
  const fixed = schema.example ?? schema.const ?? schema.enum?.[0] ?? schema.default
  if (fixed !== undefined || depth > MAX_DEPTH) return fixed
  const branch = (schema.anyOf ?? schema.oneOf ?? schema.allOf)?.[0]
  if (branch) return exampleOf(api, branch, depth + 1)
  return exampleOfType(api, schema, depth)
}

function exampleOfType(api, schema, depth) {
  if (schema.type === 'object' || schema.properties) {
    const fields = Object.entries(schema.properties ?? {}).filter(([name]) => schema.required?.includes(name))
    return Object.fromEntries(fields.map(([name, field]) => [name, exampleOf(api, field, depth + 1)]))
  }
  if (schema.type === 'array') return [exampleOf(api, schema.items, depth + 1)]
  if (schema.type === 'integer' || schema.type === 'number') return schema.minimum ?? 1
  if (schema.type === 'boolean') return true
  return schema.type === 'string' ? 'text' : null
}
