import {
  labelledType,
  type ProtoEnum,
  type ProtoField,
  type ProtoFile,
  type ProtoMessage,
  type ProtoService,
  type ReservedField,
} from './proto-model.ts'
import { derivedJsonName } from './proto-names.ts'

/** The text of a `.proto` file: for protoc, for people, and to be read in a diff. */
export function printProto(file: ProtoFile): string {
  const local = (text: string) => text.replaceAll(`${file.package}.`, '')
  const parts = [
    '// Made from the contract by `banyan proto`; the numbers are kept in proto-lock.json.',
    'syntax = "proto3";',
    `package ${file.package};`,
    ...(file.usesStruct ? ['import "google/protobuf/struct.proto";'] : []),
    ...file.services.map((service) => local(printService(service))),
    ...file.enums.map((one) => printEnum(one)),
    ...file.messages.map((message) => local(printMessage(message))),
  ]
  return `${parts.join('\n\n')}\n`
}

function printService({ name, methods }: ProtoService): string {
  const lines = methods.flatMap(({ name: method, comment, request, response }) => [
    ...commentLines(comment),
    `rpc ${method}(${request.fullName}) returns (${response.fullName});`,
  ])
  return block(`service ${name}`, lines)
}

function printMessage(message: ProtoMessage): string {
  const { kind, name, comment, fields, messages, enums, reserved } = message
  const printed = fields.flatMap((field) => [...commentLines(field.comment), printField(field, message)])
  const lines = [
    ...enums.flatMap((one) => printEnum(one).split('\n')),
    ...messages.flatMap((inner) => printMessage(inner).split('\n')),
    ...reservations(reserved),
    ...(kind === 'union' ? block('oneof kind', printed).split('\n') : printed),
  ]
  return [...commentLines(comment), block(`message ${name}`, lines)].join('\n')
}

function printField(field: ProtoField, { fullName }: ProtoMessage): string {
  const { name, jsonName, number } = field
  const option = derivedJsonName(name) === jsonName ? '' : ` [json_name = ${JSON.stringify(jsonName)}]`
  return `${labelledType(field).replace(`${fullName}.`, '')} ${name} = ${number}${option};`
}

function printEnum({ name, zeroName, values, reserved }: ProtoEnum): string {
  const lines = values.map((value) => `${value.name} = ${value.number};`)
  return block(`enum ${name}`, [...reservations(reserved), `${zeroName} = 0;`, ...lines])
}

function reservations(reserved: readonly ReservedField[]): readonly string[] {
  return reserved.map(({ name, number }) => `reserved ${number}; // ${name}`)
}

function block(head: string, lines: readonly string[]): string {
  return lines.length === 0 ? `${head} {}` : [`${head} {`, ...lines.map((line) => `  ${line}`), '}'].join('\n')
}

function commentLines(comment: string): readonly string[] {
  return comment === '' ? [] : comment.split('\n').map((line) => `// ${line}`)
}
