import protobuf, { type Writer } from 'protobufjs/minimal.js'
import {
  typeName,
  type FieldType,
  type ProtoEnum,
  type ProtoField,
  type ProtoFile,
  type ProtoMessage,
} from '../../contract/index.ts'
import { writeNested } from './json-value.ts'

/**
 * A file as FileDescriptorProto (google/protobuf/descriptor.proto), the form in which reflection hands it out. Written
 * here in 100 lines because descriptors that protobufjs makes of a parsed file lose proto3's `optional`.
 */
export function encodeFileDescriptor(file: ProtoFile): Uint8Array {
  const writer = protobuf.Writer.create()
  writer.uint32(text(1)).string(file.path)
  writer.uint32(text(2)).string(file.package)
  if (file.usesStruct) writer.uint32(text(3)).string('google/protobuf/struct.proto')
  for (const message of file.messages) writeNested(writer, text(4), () => writeMessage(writer, message))
  for (const one of file.enums) writeNested(writer, text(5), () => writeEnum(writer, one))
  for (const service of file.services) writeNested(writer, text(6), () => writeService(writer, service))
  writer.uint32(text(12)).string('proto3')
  return writer.finish()
}

/** Tag of a length-delimited field. */
function text(number: number): number {
  return (number << 3) | 2
}

/** Tag of a number. */
function int(number: number): number {
  return number << 3
}

function writeMessage(writer: Writer, message: ProtoMessage): void {
  const { name, kind, fields, messages, enums, reserved } = message
  const optional = fields.filter(isOptional)
  writer.uint32(text(1)).string(name)
  for (const field of fields) {
    // Proto3's `optional` is, in descriptors, a oneof of its own.
    const oneof = kind === 'union' ? 0 : optional.indexOf(field)
    writeNested(writer, text(2), () => writeField(writer, field, { oneof, owner: message }))
  }
  for (const inner of messages) writeNested(writer, text(3), () => writeMessage(writer, inner))
  for (const field of fields.filter(isMap)) writeNested(writer, text(3), () => writeMapEntry(writer, field))
  for (const one of enums) writeNested(writer, text(4), () => writeEnum(writer, one))
  const oneofs = kind === 'union' ? ['kind'] : optional.map((field) => `_${field.name}`)
  for (const oneof of oneofs) writeNested(writer, text(8), () => writer.uint32(text(1)).string(oneof))
  for (const { number } of reserved) writeNested(writer, text(9), () => writeRange(writer, number))
}

function isOptional({ label }: ProtoField): boolean {
  return label === 'optional'
}

function isMap({ label }: ProtoField): boolean {
  return label === 'map'
}

interface Place {
  /** Index among the oneofs; -1: in none. */
  readonly oneof: number
  readonly owner: ProtoMessage
}

const LABEL_OPTIONAL = 1
const LABEL_REPEATED = 3

function writeField(writer: Writer, field: ProtoField, { oneof, owner }: Place): void {
  const isMany = field.label === 'repeated' || field.label === 'map'
  writer.uint32(text(1)).string(field.name)
  writer.uint32(int(3)).int32(field.number)
  writer.uint32(int(4)).int32(isMany ? LABEL_REPEATED : LABEL_OPTIONAL)
  if (isMap(field)) writeTypeOf(writer, MESSAGE, `.${owner.fullName}.${entryName(field)}`)
  else writeType(writer, field.type)
  if (oneof !== -1) writer.uint32(int(9)).int32(oneof)
  writer.uint32(text(10)).string(field.jsonName)
  if (isOptional(field)) writer.uint32(int(17)).bool(true)
}

const TYPES = { double: 1, int64: 3, int32: 5, bool: 8, string: 9 } as const
const MESSAGE = 11
const ENUM = 14

function writeType(writer: Writer, type: FieldType): void {
  if (type.kind === 'scalar') writer.uint32(int(5)).int32(TYPES[type.scalar])
  else writeTypeOf(writer, type.kind === 'enum' ? ENUM : MESSAGE, `.${typeName(type)}`)
}

function writeTypeOf(writer: Writer, type: number, name: string): void {
  writer.uint32(int(5)).int32(type)
  writer.uint32(text(6)).string(name)
}

/** `headers` → `HeadersEntry`: the message that a map stands for. */
function entryName({ name }: ProtoField): string {
  const words = name.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1))
  return `${words.join('')}Entry`
}

function writeMapEntry(writer: Writer, field: ProtoField): void {
  const entry = (name: string, number: number, write: () => void) =>
    writeNested(writer, text(2), () => {
      writer.uint32(text(1)).string(name)
      writer.uint32(int(3)).int32(number)
      writer.uint32(int(4)).int32(LABEL_OPTIONAL)
      write()
    })
  writer.uint32(text(1)).string(entryName(field))
  entry('key', 1, () => writer.uint32(int(5)).int32(TYPES.string))
  entry('value', 2, () => writeType(writer, field.type))
  writeNested(writer, text(7), () => writer.uint32(int(7)).bool(true)) // options.map_entry
}

function writeEnum(writer: Writer, { name, zeroName, values, reserved }: ProtoEnum): void {
  writer.uint32(text(1)).string(name)
  for (const value of [{ name: zeroName, number: 0 }, ...values]) {
    writeNested(writer, text(2), () => {
      writer.uint32(text(1)).string(value.name)
      writer.uint32(int(2)).int32(value.number)
    })
  }
  for (const { number } of reserved) writeNested(writer, text(4), () => writeRange(writer, number, 0))
}

/** Of messages the end is exclusive, of enums it is not. */
function writeRange(writer: Writer, number: number, length = 1): void {
  writer.uint32(int(1)).int32(number)
  writer.uint32(int(2)).int32(number + length)
}

function writeService(writer: Writer, { name, methods }: ProtoFile['services'][number]): void {
  writer.uint32(text(1)).string(name)
  for (const method of methods) {
    writeNested(writer, text(2), () => {
      writer.uint32(text(1)).string(method.name)
      writer.uint32(text(2)).string(`.${method.request.fullName}`)
      writer.uint32(text(3)).string(`.${method.response.fullName}`)
      if (method.streams) writer.uint32(int(6)).bool(true)
    })
  }
}
