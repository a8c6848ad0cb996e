import type { Reader, Writer } from 'protobufjs/minimal.js'
import type { ProtoField, ProtoMessage } from '../../contract/index.ts'
import { nestedEnd, setMember, writeNested } from './json-value.ts'
import type { BodyCodecs } from './body-codec.ts'
import { createSingleCodec, LENGTH_DELIMITED, type SingleCodec } from './single-codec.ts'

/** One field of a message. */
export interface FieldCodec {
  readonly jsonName: string
  readonly number: number
  /** Writes tag and value; nothing where the value is what absence stands for. */
  write(writer: Writer, value: unknown): void
  /** Puts what absence stands for. */
  begin(object: Record<string, unknown>): void
  read(reader: Reader, wireType: number, object: Record<string, unknown>): void
}

export function createFieldCodec(field: ProtoField, message: ProtoMessage, codecs: BodyCodecs): FieldCodec {
  const single = createSingleCodec(field.type, `${message.fullName}.${field.jsonName}`, codecs)
  switch (field.label) {
    case 'repeated':
      return createListCodec(field, single)
    case 'map':
      return createMapCodec(field, single)
    case 'single':
    case 'optional':
      return createPlainCodec(field, single)
  }
}

function createPlainCodec({ jsonName, number, absent, label }: ProtoField, single: SingleCodec): FieldCodec {
  const tag = (number << 3) | single.wireType
  // Proto3 does not send the default of a field that cannot be absent.
  const isLeftOut = label === 'single' && absent === 'default' ? single.isDefault : () => false
  return {
    jsonName,
    number,
    write(writer, value) {
      if (value === undefined || (value === null && absent === 'null')) return
      if (isLeftOut(value)) return
      writer.uint32(tag)
      single.write(writer, value)
    },
    begin(object) {
      if (absent === 'null') object[jsonName] = null
      else if (absent === 'default') object[jsonName] = single.defaultValue
    },
    read(reader, wireType, object) {
      requireType(jsonName, wireType, single.wireType)
      const value = single.read(reader)
      if (value !== undefined) object[jsonName] = value
    },
  }
}

function createListCodec({ jsonName, number }: ProtoField, single: SingleCodec): FieldCodec {
  const isPacked = single.wireType !== LENGTH_DELIMITED
  const tag = (number << 3) | LENGTH_DELIMITED
  return {
    jsonName,
    number,
    write(writer, value) {
      if (!Array.isArray(value)) throw new TypeError(`${jsonName} must be a list`)
      if (value.length === 0) return
      if (!isPacked) for (const item of value) single.write(writer.uint32(tag), item)
      else writeNested(writer, tag, () => value.forEach((item) => single.write(writer, item)))
    },
    begin(object) {
      object[jsonName] = []
    },
    read(reader, wireType, object) {
      const list = object[jsonName] as unknown[]
      // Numbers may come one by one or packed; a reader must take both.
      if (!isPacked || wireType === single.wireType) {
        requireType(jsonName, wireType, single.wireType)
        list.push(single.read(reader))
        return
      }
      requireType(jsonName, wireType, LENGTH_DELIMITED)
      const end = nestedEnd(reader)
      while (reader.pos < end) list.push(single.read(reader))
    },
  }
}

const MAP_KEY = 10

function createMapCodec({ jsonName, number }: ProtoField, single: SingleCodec): FieldCodec {
  const tag = (number << 3) | LENGTH_DELIMITED
  const valueTag = 16 | single.wireType

  function writeEntry(writer: Writer, key: string, value: unknown): void {
    writeNested(writer, tag, () => {
      writer.uint32(MAP_KEY).string(key)
      single.write(writer.uint32(valueTag), value)
    })
  }

  return {
    jsonName,
    number,
    write(writer, value) {
      if (typeof value !== 'object' || value === null) throw new TypeError(`${jsonName} must be an object`)
      for (const [key, inner] of Object.entries(value)) if (inner !== undefined) writeEntry(writer, key, inner)
    },
    begin(object) {
      object[jsonName] = {}
    },
    read(reader, wireType, object) {
      requireType(jsonName, wireType, LENGTH_DELIMITED)
      const end = nestedEnd(reader)
      let key = ''
      let value: unknown = single.defaultValue
      while (reader.pos < end) {
        const inner = reader.uint32()
        if (inner === MAP_KEY) key = reader.string()
        else if (inner === valueTag) value = single.read(reader)
        else throw new RangeError(`${jsonName}: an entry has a key and a value only`)
      }
      setMember(object[jsonName] as Record<string, unknown>, key, value)
    },
  }
}

function requireType(jsonName: string, received: number, wanted: number): void {
  if (received !== wanted) throw new RangeError(`${jsonName} has wire type ${received}, not ${wanted}`)
}
