import type { Reader, Writer } from 'protobufjs/minimal.js'

/**
 * Free JSON as google.protobuf.Value and Struct (struct.proto). Numbers are doubles, as in JavaScript; members keep their
 * order. What JSON leaves out is left out: `undefined`, functions; NaN and infinities are null.
 */
export function writeValue(writer: Writer, value: unknown, depth = 0): void {
  if (depth > MAX_DEPTH) throw new TypeError(`JSON deeper than ${MAX_DEPTH} levels cannot cross`)
  const plain = toPlain(value)
  switch (typeof plain) {
    case 'number':
      if (Number.isFinite(plain)) writer.uint32(TAG.number).double(plain)
      else writer.uint32(TAG.null).int32(0)
      return
    case 'string':
      writer.uint32(TAG.string).string(plain)
      return
    case 'boolean':
      writer.uint32(TAG.bool).bool(plain)
      return
    case 'object':
      if (plain === null) writer.uint32(TAG.null).int32(0)
      else if (Array.isArray(plain)) writeList(writer, plain, depth)
      else writeNested(writer, TAG.struct, () => writeStruct(writer, plain as object, depth + 1))
      return
    default:
      writer.uint32(TAG.null).int32(0) // in a list, as JSON.stringify does; members are left out before
  }
}

/** The members of an object, without tag and length. */
export function writeStruct(writer: Writer, object: object, depth = 0): void {
  for (const [key, value] of Object.entries(object)) {
    const plain = toPlain(value)
    if (plain === undefined || typeof plain === 'function' || typeof plain === 'symbol') continue
    writeNested(writer, ENTRY, () => {
      writer.uint32(KEY).string(key)
      writeNested(writer, VALUE, () => writeValue(writer, plain, depth + 1))
    })
  }
}

/** @throws RangeError where the bytes are no Value. */
export function readValue(reader: Reader, end: number, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new RangeError(`JSON deeper than ${MAX_DEPTH} levels is not read`)
  let value: unknown = null
  while (reader.pos < end) {
    const tag = reader.uint32()
    switch (tag) {
      case TAG.null:
        reader.int32()
        value = null
        break
      case TAG.number:
        value = reader.double()
        break
      case TAG.string:
        value = reader.string()
        break
      case TAG.bool:
        value = reader.bool()
        break
      case TAG.struct:
        value = readStruct(reader, nestedEnd(reader), depth + 1)
        break
      case TAG.list:
        value = readList(reader, nestedEnd(reader), depth + 1)
        break
      default:
        throw new RangeError(`field ${tag >>> 3} is not one of google.protobuf.Value`)
    }
  }
  return value
}

/** @throws RangeError where the bytes are no Struct. */
export function readStruct(reader: Reader, end: number, depth = 0): Record<string, unknown> {
  const object: Record<string, unknown> = {}
  while (reader.pos < end) {
    if (reader.uint32() !== ENTRY) throw new RangeError('a Struct holds fields only')
    const entryEnd = nestedEnd(reader)
    let key = ''
    let value: unknown = null
    while (reader.pos < entryEnd) {
      if (reader.uint32() === KEY) key = reader.string()
      else value = readValue(reader, nestedEnd(reader), depth + 1)
    }
    setMember(object, key, value)
  }
  return object
}

/** As JSON.parse does: a member called `__proto__` is a member, not the prototype. */
export function setMember(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
}

/** Where a length-delimited field ends. @throws RangeError when it is longer than what holds it. */
export function nestedEnd(reader: Reader): number {
  const length = reader.uint32()
  const end = reader.pos + length
  if (end > reader.len) throw new RangeError('a field is longer than its message')
  return end
}

export function writeNested(writer: Writer, tag: number, write: () => void): void {
  writer.uint32(tag).fork()
  write()
  writer.ldelim()
}

// Each level of JSON is three messages; parsers of other languages stop at 100 messages unless told otherwise.
const MAX_DEPTH = 64

// Field number and wire type of google.protobuf.Value's fields.
const TAG = { null: 8, number: 17, string: 26, bool: 32, struct: 42, list: 50 } as const
const ENTRY = 10
const KEY = 10
const VALUE = 18
const LIST_ITEM = 10

function writeList(writer: Writer, list: readonly unknown[], depth: number): void {
  writeNested(writer, TAG.list, () => {
    for (const item of list) writeNested(writer, LIST_ITEM, () => writeValue(writer, item, depth + 1))
  })
}

function readList(reader: Reader, end: number, depth: number): unknown[] {
  const list: unknown[] = []
  while (reader.pos < end) {
    if (reader.uint32() !== LIST_ITEM) throw new RangeError('a ListValue holds values only')
    list.push(readValue(reader, nestedEnd(reader), depth + 1))
  }
  return list
}

function toPlain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('toJSON' in value)) return value
  return typeof value.toJSON === 'function' ? (value.toJSON as () => unknown)() : value
}
