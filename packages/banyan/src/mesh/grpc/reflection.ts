import { status as codes, type ServerDuplexStream, type ServiceDefinition } from '@grpc/grpc-js'
import protobuf, { type Writer } from 'protobufjs/minimal.js'
import type { ProtoFile, ProtoMessage } from '../../contract/index.ts'
import { encodeFileDescriptor } from './descriptor.ts'
import { writeNested } from './json-value.ts'
import { readBytes } from './read-bytes.ts'

type ReflectionStream = ServerDuplexStream<Question, Buffer>

interface Question {
  /** As it came: the answer repeats it. */
  readonly bytes: Buffer
  /** What is asked; 0: nothing that is answered here (extensions, which proto3 has not). */
  readonly field: number
  readonly text: string
}

/** Both names of the same protocol: tools of before 2023 know the second only. */
const PACKAGES = ['grpc.reflection.v1', 'grpc.reflection.v1alpha']

/**
 * Server reflection (https://github.com/grpc/grpc/blob/master/doc/server-reflection.md): tells tools such as grpcurl, which have no
 * `.proto` at hand, what is served. It shows what the committed files show, and no data.
 */
export function createReflectionServices(files: readonly ProtoFile[]) {
  const answer = createAnswers(files)
  const info = (call: ReflectionStream) => {
    call.on('data', (question: Question) => {
      if (!call.write(answer(question))) call.pause()
    })
    call.on('drain', () => call.resume())
    call.on('end', () => call.end())
    // A caller that breaks off has learnt enough.
    call.on('error', () => call.end())
  }
  return PACKAGES.map((name) => ({ definition: definitionOf(name), implementation: { info } }))
}

function definitionOf(packageName: string): ServiceDefinition {
  const bytes = (value: Buffer) => value
  const plain = {
    requestSerialize: (question: Question) => question.bytes,
    requestDeserialize: readQuestion,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  }
  const path = `/${packageName}.ServerReflection/ServerReflectionInfo`
  return { info: { path, requestStream: true, responseStream: true, ...plain } }
}

// Field number and wire type of ServerReflectionRequest and -Response.
const ASK = { filename: 26, symbol: 34, services: 58 } as const
const TELL = { original: 18, files: 34, services: 50, fault: 58 } as const

function createAnswers(files: readonly ProtoFile[]): (question: Question) => Buffer {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const bySymbol = new Map(files.flatMap((file) => symbolsOf(file).map((symbol) => [symbol, file] as const)))

  function writeAnswer(writer: Writer, { field, text }: Question): void {
    if (field === ASK.services) return writeServices(writer, files)
    const file = field === ASK.filename ? byPath.get(text) : field === ASK.symbol ? bySymbol.get(text) : undefined
    if (file) writeNested(writer, TELL.files, () => writer.uint32(10).bytes(encodeFileDescriptor(file)))
    else writeFault(writer, field === 0 ? codes.UNIMPLEMENTED : codes.NOT_FOUND, text)
  }

  return (question) => {
    const writer = protobuf.Writer.create()
    writer.uint32(TELL.original).bytes(question.bytes)
    writeAnswer(writer, question)
    return Buffer.from(writer.finish())
  }
}

/** @throws RangeError when the bytes are no message. */
function readQuestion(bytes: Buffer): Question {
  return readBytes(bytes, (reader) => {
    let question = { bytes, field: 0, text: '' }
    while (reader.pos < reader.len) {
      const field = reader.uint32()
      if (field === ASK.filename || field === ASK.symbol || field === ASK.services) {
        question = { bytes, field, text: reader.string() }
      } else {
        reader.skipType(field & 7)
      }
    }
    return question
  })
}

function writeServices(writer: Writer, files: readonly ProtoFile[]): void {
  const names = files.flatMap((file) => file.services.map((service) => `${file.package}.${service.name}`))
  writeNested(writer, TELL.services, () => {
    for (const name of names) writeNested(writer, 10, () => writer.uint32(10).string(name))
  })
}

function writeFault(writer: Writer, code: number, what: string): void {
  writeNested(writer, TELL.fault, () => {
    writer.uint32(8).int32(code)
    writer.uint32(18).string(`Nothing is known of '${what}' here.`)
  })
}

function symbolsOf(file: ProtoFile): readonly string[] {
  const services = file.services.flatMap(({ name, methods }) => {
    const service = `${file.package}.${name}`
    return [service, ...methods.map((method) => `${service}.${method.name}`)]
  })
  const enums = file.enums.map(({ fullName }) => fullName)
  return [...services, ...enums, ...file.messages.flatMap(symbolsOfMessage)]
}

function symbolsOfMessage({ fullName, messages, enums }: ProtoMessage): readonly string[] {
  return [fullName, ...enums.map((one) => one.fullName), ...messages.flatMap(symbolsOfMessage)]
}
