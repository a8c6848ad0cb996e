import protobuf, { type Reader, type Writer } from 'protobufjs/minimal.js'
import type { ProtoMessage } from '../../contract/index.ts'
import type { BodyCodec, BodyCodecs } from './body-codec.ts'
import { createFieldCodec, type FieldCodec } from './field-codec.ts'
import { readBytes } from './read-bytes.ts'

/** JSON values to Protocol Buffers and back, compiled from a message once. */
export interface MessageCodec {
  /** @throws TypeError naming the field whose value the message cannot hold. */
  encode(value: unknown): Uint8Array
  /** @throws RangeError when the bytes are no such message. */
  decode(bytes: Uint8Array): unknown
}

export interface CodecOptions {
  /**
   * What becomes of fields that the message does not know. `refuse`: for requests, because a field of a newer caller must not be
   * ignored in silence. `skip`: for answers, where a newer service may say more.
   */
  readonly unknownFields: 'refuse' | 'skip'
}

export function createMessageCodec(message: ProtoMessage, options: CodecOptions): MessageCodec {
  const body = createBodyCodecs(options).of(message)
  return {
    encode(value) {
      const writer = protobuf.Writer.create()
      body.write(writer, value)
      return writer.finish()
    },
    decode: (bytes) => readBytes(bytes, (reader) => body.read(reader, reader.len)),
  }
}

/** One for each message, however often it occurs. */
function createBodyCodecs({ unknownFields }: CodecOptions): BodyCodecs {
  const made = new Map<ProtoMessage, BodyCodec>()
  const codecs: BodyCodecs = {
    of(message) {
      let codec = made.get(message)
      if (!codec) {
        const fields = message.fields.map((field) => createFieldCodec(field, message, codecs))
        codec = createBodyCodec(message, fields, unknownFields)
        made.set(message, codec)
      }
      return codec
    },
  }
  return codecs
}

type UnknownFields = CodecOptions['unknownFields']

function createBodyCodec(message: ProtoMessage, fields: readonly FieldCodec[], unknown: UnknownFields): BodyCodec {
  const read = createFieldReader(message, fields, unknown)
  switch (message.kind) {
    case 'object':
      return { write: (writer, value) => writeFields(writer, fields, asObject(message, value)), read }
    case 'value': {
      const { jsonName } = message.fields[0]!
      return {
        write: (writer, value) => fields[0]!.write(writer, value),
        read: (reader, end) => read(reader, end)[jsonName],
      }
    }
    case 'union':
      return createUnionCodec(message, fields, read)
    case 'null':
      return {
        write: () => undefined,
        read(reader, end) {
          read(reader, end)
          return null
        },
      }
  }
}

type FieldReader = (reader: Reader, end: number) => Record<string, unknown>

function createFieldReader(
  { fullName }: ProtoMessage,
  fields: readonly FieldCodec[],
  unknown: UnknownFields,
): FieldReader {
  const byNumber = new Map(fields.map((field) => [field.number, field]))
  return (reader, end) => {
    const object: Record<string, unknown> = {}
    for (const field of fields) field.begin(object)
    while (reader.pos < end) {
      const tag = reader.uint32()
      const field = byNumber.get(tag >>> 3)
      if (field) field.read(reader, tag & 7, object)
      else if (unknown === 'skip') reader.skipType(tag & 7)
      else throw new RangeError(`${fullName} has no field ${tag >>> 3}: the caller may be newer than this service`)
    }
    if (reader.pos !== end) throw new RangeError(`${fullName}: a field is longer than its message`)
    return object
  }
}

function writeFields(writer: Writer, fields: readonly FieldCodec[], object: Readonly<Record<string, unknown>>): void {
  for (const field of fields) field.write(writer, object[field.jsonName])
}

/** The object of the branch that is set; the text that tells the branch is a field of the object too. */
function createUnionCodec(message: ProtoMessage, fields: readonly FieldCodec[], read: FieldReader): BodyCodec {
  const tellers = message.fields.map(({ type, jsonName }) => {
    const inner = type.kind === 'message' ? type.message.fields : []
    const teller = inner.find((field) => field.type.kind === 'enum' && field.type.enum.values[0]?.text === jsonName)
    return { name: teller?.jsonName ?? '', text: jsonName }
  })
  return {
    write(writer, value) {
      const object = asObject(message, value)
      const index = tellers.findIndex(({ name, text }) => object[name] === text)
      if (index === -1) throw new TypeError(`${message.fullName}: no branch of the union fits`)
      fields[index]!.write(writer, object)
    },
    read: (reader, end) => Object.values(read(reader, end))[0],
  }
}

function asObject({ fullName }: ProtoMessage, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new TypeError(`${fullName} must be an object, got ${value === null ? 'null' : typeof value}`)
}
