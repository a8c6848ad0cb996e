import { coreErrors } from '../../core/index.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import type { NumberBook } from './proto-lock.ts'
import type { FieldType, ProtoEnum, ProtoField, ProtoMessage } from './proto-model.ts'
import { elementIdentifier, enumValueName, fieldName, typeIdentifier } from './proto-names.ts'
import { shapeOf, type UnionBranch, type ValueShape } from './value-shape.ts'

/** Where types are declared: the package, or a message for what only it uses. */
export interface Scope {
  readonly fullName: string
  readonly messages: ProtoMessage[]
  readonly enums: ProtoEnum[]
}

/** One file while its types are made of schemas. */
export interface TypeBuild {
  readonly numbers: NumberBook
  /** Objects with a title are declared here, once; others where they are used. */
  readonly root: Scope
  readonly titled: Map<string, TitledMessage>
  usesStruct: boolean
}

interface TitledMessage {
  readonly schemaText: string
  readonly message: ProtoMessage
}

export interface NamedSchema {
  readonly name: string
  readonly schema: JsonSchema
}

/** An object schema as a message. */
export function buildMessage(build: TypeBuild, scope: Scope, { name, schema }: NamedSchema): ProtoMessage {
  const inner = innerScope(scope, name)
  const properties = Object.entries(schema.properties ?? {})
  const numbers = build.numbers.numbersOf(inner.fullName, Object.keys(schema.properties ?? {}))
  const fields = properties.map(([jsonName, field]): ProtoField => {
    const isRequired = schema.required?.includes(jsonName) === true
    const placed = place(build, inner, { name: jsonName, schema: field, isRequired })
    const comment = field.description ?? ''
    return { name: fieldName(jsonName), jsonName, number: numbers.get(jsonName)!, comment, ...placed }
  })
  return declare(build, scope, { inner, kind: 'object', fields, comment: schema.description ?? '' })
}

/** @throws `api.INVALID_OPTIONS` when another schema of the file has the title. */
export function buildTitled(build: TypeBuild, schema: JsonSchema): ProtoMessage {
  const name = typeIdentifier(schema.title!)
  const schemaText = JSON.stringify(schema)
  const known = build.titled.get(name)
  if (!known) {
    const message = buildMessage(build, build.root, { name, schema })
    build.titled.set(name, { schemaText, message })
    return message
  }
  if (known.schemaText === schemaText) return known.message
  throw fault(`Two different schemas of ${build.root.fullName} have the title '${name}'. Give one another title.`)
}

/** A message whose only field, called `name`, stands for the whole value. */
export function buildWrapper(build: TypeBuild, scope: Scope, wrapped: NamedSchema & { type: string }): ProtoMessage {
  const inner = innerScope(scope, wrapped.type)
  const placed = place(build, inner, { ...wrapped, isRequired: true })
  const field = { name: fieldName(wrapped.name), jsonName: wrapped.name, number: 1, comment: '', ...placed }
  return declare(build, scope, { inner, kind: 'value', fields: [field], comment: '' })
}

/** A message that stands for null. */
export function buildNull(build: TypeBuild, scope: Scope, name: string): ProtoMessage {
  return declare(build, scope, { inner: innerScope(scope, name), kind: 'null', fields: [], comment: '' })
}

type Placed = Pick<ProtoField, 'label' | 'type' | 'absent'>
type PlacedSchema = NamedSchema & { readonly isRequired: boolean }

/** How a value stands in a field of a message. */
function place(build: TypeBuild, scope: Scope, { name, schema, isRequired }: PlacedSchema): Placed {
  const shape = shapeOf(schema)
  if (shape.kind === 'nullable') return placeNullable(build, scope, { name, schema: shape.inner, isRequired })
  if (isRequired && shape.kind === 'list') {
    return { label: 'repeated', absent: 'default', type: elementType(build, scope, { name, schema: shape.item }) }
  }
  if (isRequired && shape.kind === 'map') {
    return { label: 'map', absent: 'default', type: elementType(build, scope, { name, schema: shape.value }) }
  }
  const type = singleType(build, scope, { name, schema, shape })
  const isBare = type.kind === 'scalar' || type.kind === 'enum'
  if (!isRequired) return { label: isBare ? 'optional' : 'single', absent: 'nothing', type }
  return { label: 'single', absent: type.kind === 'scalar' ? 'default' : 'nothing', type }
}

/** Not set means null. Where the field may be absent too, a message around it tells the two apart. */
function placeNullable(build: TypeBuild, scope: Scope, { name, schema, isRequired }: PlacedSchema): Placed {
  if (isRequired) return { ...place(build, scope, { name, schema, isRequired: false }), absent: 'null' }
  const orNull = { anyOf: [schema, { type: 'null' }] }
  const message = buildWrapper(build, scope, { type: `${typeIdentifier(name)}OrNull`, name: 'value', schema: orNull })
  return { label: 'single', absent: 'nothing', type: { kind: 'message', message } }
}

/** What stands in a list or map. */
function elementType(build: TypeBuild, scope: Scope, { name, schema }: NamedSchema): FieldType {
  return singleType(build, scope, { name: elementIdentifier(name), schema, shape: shapeOf(schema) })
}

type ShapedSchema = NamedSchema & { readonly shape: ValueShape }

/** A type of one value; lists, maps and null get a message around them. */
function singleType(build: TypeBuild, scope: Scope, { name, schema, shape }: ShapedSchema): FieldType {
  const type = typeIdentifier(name)
  switch (shape.kind) {
    case 'json':
    case 'struct':
      build.usesStruct = true
      return { kind: shape.kind }
    case 'enum':
      return { kind: 'enum', enum: buildEnum(build, scope, { name: type, texts: shape.texts }) }
    case 'object': {
      const isTitled = schema.title !== undefined
      return message(isTitled ? buildTitled(build, schema) : buildMessage(build, scope, { name: type, schema }))
    }
    case 'union':
      return message(buildUnion(build, scope, { name: type, branches: shape.branches }))
    case 'list':
    case 'map':
    case 'nullable':
      return message(buildWrapper(build, scope, { type: type + WRAPPERS[shape.kind], name: 'value', schema }))
    case 'null':
      return message(buildNull(build, scope, type))
    default:
      return { kind: 'scalar', scalar: shape.kind }
  }
}

const WRAPPERS = { list: 'List', map: 'Map', nullable: 'OrNull' }

function message(made: ProtoMessage): FieldType {
  return { kind: 'message', message: made }
}

interface NamedUnion {
  readonly name: string
  readonly branches: readonly UnionBranch[]
}

function buildUnion(build: TypeBuild, scope: Scope, { name, branches }: NamedUnion): ProtoMessage {
  const inner = innerScope(scope, name)
  const texts = branches.map(({ text }) => text)
  const numbers = build.numbers.numbersOf(inner.fullName, texts)
  const fields = branches.map(({ text, schema }): ProtoField => {
    const type = singleType(build, inner, { name: text, schema, shape: { kind: 'object', schema } })
    const field = { name: fieldName(text), jsonName: text, number: numbers.get(text)!, comment: '' }
    return { ...field, label: 'single', absent: 'nothing', type }
  })
  return declare(build, scope, { inner, kind: 'union', fields, comment: '' })
}

interface NamedTexts {
  readonly name: string
  readonly texts: readonly string[]
}

function buildEnum({ numbers }: TypeBuild, scope: Scope, { name, texts }: NamedTexts): ProtoEnum {
  const fullName = `${scope.fullName}.${name}`
  const own = numbers.numbersOf(fullName, texts)
  const values = texts.map((text) => ({ name: enumValueName(name, text), text, number: own.get(text)! }))
  refuseTwins(fullName, values)
  const zeroName = enumValueName(name, 'unspecified')
  const made = { name, fullName, zeroName, values, reserved: numbers.reservedOf(fullName) }
  refuseTwins(scope.fullName, [...scope.messages, ...scope.enums, made])
  scope.enums.push(made)
  return made
}

type Declared = Pick<ProtoMessage, 'kind' | 'fields' | 'comment'> & { readonly inner: Scope }

function declare({ numbers }: TypeBuild, scope: Scope, { inner, ...made }: Declared): ProtoMessage {
  const { fullName, messages, enums } = inner
  refuseTwins(fullName, made.fields)
  const name = fullName.slice(scope.fullName.length + 1)
  const declared = { ...made, name, fullName, messages, enums, reserved: numbers.reservedOf(fullName) }
  refuseTwins(scope.fullName, [...scope.messages, ...scope.enums, declared])
  scope.messages.push(declared)
  return declared
}

function innerScope(scope: Scope, name: string): Scope {
  return { fullName: `${scope.fullName}.${name}`, messages: [], enums: [] }
}

function refuseTwins(fullName: string, named: readonly { readonly name: string }[]): void {
  const names = named.map(({ name }) => name)
  const twin = names.find((name, index) => names.indexOf(name) !== index)
  if (twin !== undefined) throw fault(`${fullName} would hold '${twin}' twice. Rename one.`)
}

function fault(faults: string): Error {
  return coreErrors.INVALID_OPTIONS({ subject: 'The .proto file', faults })
}
