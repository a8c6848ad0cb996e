import { Metadata, status as codes, type StatusObject } from '@grpc/grpc-js'
import protobuf from 'protobufjs/minimal.js'
import { errorFromJson, invalidInput, type Operation } from '../../contract/index.ts'
import { BanyanError, coreErrors } from '../../core/index.ts'
import { REPLY_HEADERS } from '../call-headers.ts'
import { withoutAnswer } from '../caller-error.ts'
import { isNoTls, NO_TLS } from '../fault-of.ts'
import { meshErrors } from '../mesh-errors.ts'
import { nestedEnd, readStruct, writeNested, writeStruct } from './json-value.ts'
import { readBytes } from './read-bytes.ts'

/** A failed call, as gRPC has it. */
export type FailedStatus = Pick<StatusObject, 'code' | 'details' | 'metadata'>

/** For clients that branch on a text without unpacking anything. */
const CODE = 'banyan-code'
/** google.rpc.Status (https://google.aip.dev/193) whose detail is a google.protobuf.Struct: the error as JSON, nothing lost. */
const DETAILS = 'grpc-status-details-bin'
const STRUCT_URL = 'type.googleapis.com/google.protobuf.Struct'

export function toStatus(error: BanyanError): FailedStatus {
  const metadata = new Metadata()
  const code = codes[error.grpc]
  metadata.set(CODE, error.code)
  metadata.set('banyan-effect', error.effect)
  metadata.set('banyan-retry', error.retry)
  if (error.replayed) metadata.set(REPLY_HEADERS.replayed, 'true')
  metadata.set(DETAILS, packDetails(code, error))
  return { code, details: error.message, metadata }
}

export interface StatusContext {
  readonly operation: Operation
  readonly address: string
  readonly maxMessageBytes: number
}

/** The error that another process answered, or what gRPC itself says became of the call. */
export function fromStatus(status: FailedStatus, context: StatusContext): BanyanError {
  const replayed = status.metadata.get(REPLY_HEADERS.replayed)[0] === 'true'
  const [packed] = status.metadata.get(DETAILS)
  const json = packed instanceof Buffer ? unpackDetails(packed) : null
  if (json !== null) return errorFromJson(json, { replayed })
  return declaredByCode(status, context) ?? fromCode(status, context)
}

/** A server that only knows the `.proto` may name an error of the contract by its code. */
function declaredByCode({ metadata, details }: FailedStatus, { operation }: StatusContext): BanyanError | null {
  const [code] = metadata.get(CODE)
  const declared = operation.errors.find((error) => error.code === code)
  return declared ? new BanyanError({ ...declared().toJSON(), message: details }) : null
}

function fromCode({ code, details }: FailedStatus, context: StatusContext): BanyanError {
  const { address } = context
  const cause = { cause: new Error(`gRPC ${codes[code]}: ${details}`) }
  switch (code) {
    case codes.UNAVAILABLE:
      if (NOT_SENT.test(details))
        return meshErrors.UNREACHABLE({ address, fault: isNoTls(details) ? NO_TLS : details }, cause)
      return meshErrors.CONNECTION_LOST({ address }, cause)
    case codes.DEADLINE_EXCEEDED:
      return coreErrors.DEADLINE_EXCEEDED({}, cause)
    case codes.CANCELLED:
      return coreErrors.CANCELLED({}, cause)
    case codes.UNIMPLEMENTED:
      return meshErrors.UNKNOWN_OPERATION({ service: address, operation: details }, cause)
    case codes.UNAUTHENTICATED:
      return meshErrors.UNTRUSTED_CALLER({ fault: details }, cause)
    case codes.PERMISSION_DENIED:
      return coreErrors.FORBIDDEN({ needed: details }, cause)
    case codes.NOT_FOUND:
      return coreErrors.NOT_FOUND({}, cause)
    case codes.INVALID_ARGUMENT:
      return invalidInput([{ pointer: '', message: details }]) as BanyanError
    case codes.RESOURCE_EXHAUSTED:
      return tooLarge(details, context) ?? coreErrors.UNAVAILABLE({ what: address }, cause)
    default:
      return coreErrors.INTERNAL({}, cause)
  }
}

// grpc-js tells these apart in words only; a test fails when the words change. A refused stream was not begun (RFC 9113, 8.7).
const NOT_SENT = /No connection established|Name resolution failed|Stream refused by server/
const TOO_LARGE = /larger than max \((\d+) vs (\d+)\)/

/** Either side says so of what it receives. Ours has sent no request beyond our limit, so one beyond just that is the answer. */
function tooLarge(details: string, { operation, maxMessageBytes }: StatusContext): BanyanError | null {
  const [bytes, maxBytes] = TOO_LARGE.exec(details)?.slice(1).map(Number) ?? []
  if (bytes === undefined) return null
  const error = meshErrors.MESSAGE_TOO_LARGE({ bytes, maxBytes: maxBytes! })
  return maxBytes === maxMessageBytes ? withoutAnswer(operation, error) : error
}

function packDetails(code: number, error: BanyanError): Buffer {
  const struct = protobuf.Writer.create()
  writeStruct(struct, error.toJSON())
  const writer = protobuf.Writer.create()
  writer.uint32(STATUS.code).int32(code)
  writer.uint32(STATUS.message).string(error.message)
  writeNested(writer, STATUS.details, () => {
    writer.uint32(ANY.url).string(STRUCT_URL)
    writer.uint32(ANY.value).bytes(struct.finish())
  })
  return Buffer.from(writer.finish())
}

// Field number and wire type of google.rpc.Status and google.protobuf.Any.
const STATUS = { code: 8, message: 18, details: 26 } as const
const ANY = { url: 10, value: 18 } as const

/** `null`: others may put other things there. */
function unpackDetails(bytes: Buffer): unknown {
  try {
    return readBytes(bytes, readDetails)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

function readDetails(reader: protobuf.Reader): unknown {
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag !== STATUS.details) {
      reader.skipType(tag & 7)
      continue
    }
    const json = readAny(reader, nestedEnd(reader))
    if (json !== null) return json
  }
  return null
}

function readAny(reader: protobuf.Reader, end: number): unknown {
  let url = ''
  let value: Uint8Array = new Uint8Array()
  while (reader.pos < end) {
    const tag = reader.uint32()
    if (tag === ANY.url) url = reader.string()
    else if (tag === ANY.value) value = reader.bytes()
    else reader.skipType(tag & 7)
  }
  return url === STRUCT_URL ? readStruct(protobuf.Reader.create(value), value.length) : null
}
