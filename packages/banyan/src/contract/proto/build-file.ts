import { operationId, type Contract, type Operation } from '../definition/contract.ts'
import { jsonSchema, type JsonSchema } from '../schema/json-schema.ts'
import {
  buildMessage,
  buildNull,
  buildTitled,
  buildWrapper,
  type NamedSchema,
  type Scope,
  type TypeBuild,
} from './build-types.ts'
import type { NumberBook } from './proto-lock.ts'
import type { ProtoFile, ProtoMessage, ProtoMethod } from './proto-model.ts'
import { fieldName, typeIdentifier } from './proto-names.ts'
import { shapeOf } from './value-shape.ts'

/** The file of one contract: a service with a method for each operation, and the messages that they need. */
export function buildProtoFile(contract: Contract, packagePrefix: string, numbers: NumberBook): ProtoFile {
  const packageName = `${packagePrefix}.${fieldName(contract.name)}`
  const root: Scope = { fullName: packageName, messages: [], enums: [] }
  const build: TypeBuild = { numbers, root, titled: new Map(), usesStruct: false }
  const methods = Object.entries(contract.operations).map(([name, operation]) =>
    buildMethod(build, operation, { id: operationId(contract, name), name: typeIdentifier(name) }),
  )
  return {
    path: `${fieldName(contract.name)}.proto`,
    package: packageName,
    usesStruct: build.usesStruct,
    services: [{ name: typeIdentifier(contract.name), methods }],
    messages: root.messages,
    enums: root.enums,
  }
}

interface MethodNames {
  readonly id: string
  readonly name: string
}

function buildMethod(build: TypeBuild, operation: Operation, { id, name }: MethodNames): ProtoMethod {
  const { input, output, summary } = operation
  const request = buildMessage(build, build.root, { name: `${name}Request`, schema: plain(input) })
  const response = buildResponse(build, { name: `${name}Response`, schema: plain(output) })
  return { name, operation: id, comment: summary, request, response }
}

/** An object that has a title is answered as it is; what is no object is wrapped. */
function buildResponse(build: TypeBuild, { name, schema }: NamedSchema): ProtoMessage {
  const shape = shapeOf(schema)
  if (shape.kind === 'null') return buildNull(build, build.root, name)
  if (shape.kind !== 'object') return buildWrapper(build, build.root, { type: name, name: 'data', schema })
  return schema.title === undefined ? buildMessage(build, build.root, { name, schema }) : buildTitled(build, schema)
}

/** Without what does not enumerate, so that equal schemas give equal texts. */
function plain(schema: Parameters<typeof jsonSchema>[0]): JsonSchema {
  return JSON.parse(JSON.stringify(jsonSchema(schema))) as JsonSchema
}
