import type { Reader, Writer } from 'protobufjs/minimal.js'
import type { FieldType, ProtoEnum } from '../../contract/index.ts'
import { nestedEnd, readStruct, readValue, writeStruct, writeValue } from './json-value.ts'
import type { BodyCodecs } from './body-codec.ts'

/** One value behind its tag. */
export interface SingleCodec {
  readonly wireType: number
  readonly defaultValue: unknown
  isDefault(value: unknown): boolean
  /** @throws TypeError naming `at` when the value is of another type. */
  write(writer: Writer, value: unknown): void
  /** `undefined`: it stands for no value. */
  read(reader: Reader): unknown
}

const VARINT = 0
const FIXED_64 = 1
export const LENGTH_DELIMITED = 2

/** @param at The field, for messages: `shop.orders.Order.status`. */
export function createSingleCodec(type: FieldType, at: string, codecs: BodyCodecs): SingleCodec {
  switch (type.kind) {
    case 'scalar':
      return createScalarCodec(type.scalar, at)
    case 'enum':
      return createEnumCodec(type.enum, at)
    case 'json':
      return createNestedCodec({ write: writeValue, read: readValue })
    case 'struct':
      return createNestedCodec({
        write: (writer, value) => writeStruct(writer, requireObject(value, at)),
        read: readStruct,
      })
    case 'message':
      return createNestedCodec(codecs.of(type.message))
  }
}

interface Nested {
  write(writer: Writer, value: unknown): void
  read(reader: Reader, end: number): unknown
}

function createNestedCodec({ write, read }: Nested): SingleCodec {
  return {
    wireType: LENGTH_DELIMITED,
    defaultValue: undefined,
    isDefault: () => false,
    write(writer, value) {
      writer.fork()
      write(writer, value)
      writer.ldelim()
    },
    read: (reader) => read(reader, nestedEnd(reader)),
  }
}

type ScalarKind = Extract<FieldType, { kind: 'scalar' }>['scalar']

function createScalarCodec(scalar: ScalarKind, at: string): SingleCodec {
  const defaultValue = DEFAULTS[scalar]
  const isDefault = (value: unknown) => value === defaultValue
  const { wireType, isValid, write, read } = SCALARS[scalar]
  return {
    wireType,
    defaultValue,
    isDefault,
    write(writer, value) {
      if (!isValid(value)) throw new TypeError(`${at} must be ${scalar}, got ${describe(value)}`)
      write(writer, value as never)
    },
    read,
  }
}

const DEFAULTS = { string: '', bool: false, double: 0, int32: 0, int64: 0 } as const

interface ScalarCodec<T> {
  readonly wireType: number
  readonly isValid: (value: unknown) => boolean
  readonly write: (writer: Writer, value: T) => void
  readonly read: (reader: Reader) => T
}

const SCALARS: { readonly [Kind in ScalarKind]: ScalarCodec<never> } = {
  string: scalarCodec<string>({
    wireType: LENGTH_DELIMITED,
    isValid: (value) => typeof value === 'string',
    write: (writer, value) => writer.string(value),
    read: (reader) => reader.string(),
  }),
  bool: scalarCodec<boolean>({
    wireType: VARINT,
    isValid: (value) => typeof value === 'boolean',
    write: (writer, value) => writer.bool(value),
    read: (reader) => reader.bool(),
  }),
  double: scalarCodec<number>({
    wireType: FIXED_64,
    isValid: Number.isFinite,
    write: (writer, value) => writer.double(value),
    read: (reader) => reader.double(),
  }),
  int32: scalarCodec<number>({
    wireType: VARINT,
    isValid: (value) => Number.isInteger(value) && value === ((value as number) | 0),
    write: (writer, value) => writer.int32(value),
    read: (reader) => reader.int32(),
  }),
  int64: scalarCodec<number>({
    wireType: VARINT,
    isValid: Number.isSafeInteger,
    write: (writer, value) => writer.int64(value),
    read: readInt64,
  }),
}

function scalarCodec<T>(codec: ScalarCodec<T>): ScalarCodec<never> {
  return codec as unknown as ScalarCodec<never>
}

/** JSON numbers hold integers up to 2^53; a greater one would arrive as another. */
function readInt64(reader: Reader): number {
  const value = Number(reader.int64())
  if (Number.isSafeInteger(value)) return value
  throw new RangeError(`an integer is beyond ±${Number.MAX_SAFE_INTEGER}`)
}

function createEnumCodec({ values, fullName }: ProtoEnum, at: string): SingleCodec {
  const numbers = new Map(values.map(({ text, number }) => [text, number]))
  const texts = new Map(values.map(({ text, number }) => [number, text]))
  return {
    wireType: VARINT,
    defaultValue: undefined,
    isDefault: () => false,
    write(writer, value) {
      const number = numbers.get(value as string)
      if (number === undefined) throw new TypeError(`${at} must be one of ${fullName}, got ${describe(value)}`)
      writer.int32(number)
    },
    read(reader) {
      const number = reader.int32()
      if (number === 0) return undefined
      const text = texts.get(number)
      if (text === undefined) throw new RangeError(`${fullName} has no value ${number}`)
      return text
    },
  }
}

function requireObject(value: unknown, at: string): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new TypeError(`${at} must be an object, got ${describe(value)}`)
}

function describe(value: unknown): string {
  return value === null ? 'null' : typeof value === 'string' ? JSON.stringify(value.slice(0, 40)) : typeof value
}
