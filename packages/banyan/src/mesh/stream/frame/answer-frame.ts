import { errorFromJson, type Reply } from '../../../contract/index.ts'
import type { BanyanError } from '../../../core/index.ts'
import { meshErrors } from '../../mesh-errors.ts'
import { frameKinds, HEAD_BYTES } from './frame.ts'
import type { FrameWriter } from './frame-writer.ts'
import type { PayloadReader } from './payload-reader.ts'
import { textRoom, writeText } from './write-text.ts'

const IS_REPLAYED = 1
const IS_PENDING = 2
const HAS_VERSIONS = 4
const HAS_CHANGED_AT = 8
/** Id, flags and the lengths of two texts. */
const FIXED_ROOM = 9
/** Texts up to here get room for three bytes a unit; longer ones are counted, which costs less than an empty page. */
const COUNTED_FROM = 4_096

export interface AnswerTerms {
  readonly id: number
  /** The longest frame that the caller takes, head included. */
  readonly maxBytes: number
}

/**
 * An answer: id u32, flags u8, versions and time of change where the flags name them (texts), then the data, JSON as it is.
 * @throws `mesh.MESSAGE_TOO_LARGE` when the frame or one of its texts is too long; nothing has been written then.
 */
export function writeAnswer(writer: FrameWriter, { id, maxBytes }: AnswerTerms, reply: Reply<string>): void {
  const { data, versions, changedAt, replayed, pending } = reply
  let room = FIXED_ROOM + dataRoom(data)
  if (versions !== null) room += textRoom(versions)
  if (changedAt !== null) room += textRoom(changedAt)
  if (HEAD_BYTES + room > maxBytes) requireFit(reply, maxBytes)
  let at = writer.open(room)
  const { page } = writer
  at = page.writeUInt32BE(id, at)
  let flags = (replayed ? IS_REPLAYED : 0) | (pending ? IS_PENDING : 0)
  const flagsAt = at++
  if (versions !== null) {
    flags |= HAS_VERSIONS
    at = writeText(page, at, versions)
  }
  if (changedAt !== null) {
    flags |= HAS_CHANGED_AT
    at = writeText(page, at, changedAt)
  }
  page[flagsAt] = flags
  writer.close(frameKinds.answer, at + page.write(data, at, 'utf8'))
}

/** The room is an upper bound; only what comes near the limit is counted. */
function requireFit({ data, versions, changedAt }: Reply<string>, maxBytes: number): void {
  const bytes = HEAD_BYTES + FIXED_ROOM + [data, versions ?? '', changedAt ?? ''].reduce(addBytes, 0)
  if (bytes > maxBytes) throw meshErrors.MESSAGE_TOO_LARGE({ bytes, maxBytes })
}

function addBytes(sum: number, text: string): number {
  return sum + Buffer.byteLength(text)
}

/** Upper bound of the bytes of a text. */
function dataRoom(data: string): number {
  return data.length < COUNTED_FROM ? 3 * data.length : Buffer.byteLength(data)
}

/** A failure: id u32, replayed u8, then the error as JSON. */
export function writeFailure(writer: FrameWriter, id: number, error: BanyanError): void {
  const text = JSON.stringify(error)
  let at = writer.open(FIXED_ROOM + dataRoom(text))
  const { page } = writer
  at = page.writeUInt32BE(id, at)
  at = page.writeUInt8(error.replayed ? 1 : 0, at)
  writer.close(frameKinds.failure, at + page.write(text, at, 'utf8'))
}

export interface Answered {
  readonly id: number
  readonly reply: Reply<Buffer>
}

/** @throws MalformedFrame */
export function readAnswer(payload: PayloadReader): Answered {
  const id = payload.u32()
  const flags = payload.u8()
  const versions = flags & HAS_VERSIONS ? payload.text() : null
  const changedAt = flags & HAS_CHANGED_AT ? payload.text() : null
  const [replayed, pending] = [(flags & IS_REPLAYED) !== 0, (flags & IS_PENDING) !== 0]
  return { id, reply: { data: payload.rest(), versions, changedAt, replayed, pending } }
}

export interface Failed {
  readonly id: number
  readonly error: BanyanError
}

/** @throws MalformedFrame */
export function readFailure(payload: PayloadReader): Failed {
  const id = payload.u32()
  const replayed = payload.u8() === 1
  return { id, error: errorFromJson(payload.restJson(), { replayed }) }
}
