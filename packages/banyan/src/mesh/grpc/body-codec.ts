import type { Reader, Writer } from 'protobufjs/minimal.js'
import type { ProtoMessage } from '../../contract/index.ts'

/** A message without tag and length. */
export interface BodyCodec {
  write(writer: Writer, value: unknown): void
  read(reader: Reader, end: number): unknown
}

export interface BodyCodecs {
  of(message: ProtoMessage): BodyCodec
}
