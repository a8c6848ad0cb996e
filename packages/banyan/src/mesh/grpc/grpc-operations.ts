import { operationId, type Contract, type Operation, type ProtoFile, type ProtoMethod } from '../../contract/index.ts'
import { createMessageCodec, type CodecOptions, type MessageCodec } from './message-codec.ts'

/** One operation as a gRPC method. */
export interface GrpcOperation {
  readonly id: string
  /** `/shop.orders.Orders/GetOrder` */
  readonly path: string
  readonly operation: Operation
  readonly input: MessageCodec
  readonly output: MessageCodec
}

/** By operation id. */
export type GrpcOperations = ReadonlyMap<string, GrpcOperation>

export function createGrpcOperations(contracts: readonly Contract[], files: readonly ProtoFile[]): GrpcOperations {
  const operations = contracts.flatMap((contract) =>
    Object.entries(contract.operations).map(([name, operation]) => [operationId(contract, name), operation] as const),
  )
  const known = new Map(operations)
  const methods = files.flatMap((file) =>
    file.services.flatMap((service) =>
      service.methods.map((method) => {
        const path = `/${file.package}.${service.name}/${method.name}`
        return createGrpcOperation(known.get(method.operation)!, method, path)
      }),
    ),
  )
  return new Map(methods.map((method) => [method.id, method]))
}

function createGrpcOperation(operation: Operation, method: ProtoMethod, path: string): GrpcOperation {
  return {
    id: method.operation,
    path,
    operation,
    input: lazyCodec(method.request, { unknownFields: 'refuse' }),
    output: lazyCodec(method.response, { unknownFields: 'skip' }),
  }
}

/** Compiled at the first call, which most operations of most processes never see. */
function lazyCodec(message: ProtoMethod['request'], options: CodecOptions): MessageCodec {
  let codec: MessageCodec | null = null
  const made = () => (codec ??= createMessageCodec(message, options))
  return { encode: (value) => made().encode(value), decode: (bytes) => made().decode(bytes) }
}
