import { createProtoFiles, type Contract, type ProtoLock } from '../../contract/index.ts'
import { NO_RELEASE } from '../releases.ts'
import type { Transport } from '../transport.ts'
import { grpcSettings, type GrpcOptions } from './grpc-options.ts'
import { serveGrpc } from './grpc-server.ts'
import { connectGrpc } from './grpc-wire.ts'
import { createGrpcOperations } from './grpc-operations.ts'
import { hearLibrary } from './unread-metadata.ts'

export interface GrpcTransportOptions extends GrpcOptions {
  /** Of all services that are served or called. */
  readonly contracts: readonly Contract[]
  /** The committed numbers: without them, two releases would not read each other's messages. */
  readonly lock: ProtoLock
  /** Of the app: of two majors neither calls the other. Default: it has none, and nobody asks. */
  readonly release?: string
}

/**
 * Calls as gRPC: for processes in other languages, which know only the `.proto` files that `banyan proto` prints. The context of a call is
 * metadata, its errors are statuses with all that they say in `grpc-status-details-bin`.
 * @throws `api.INVALID_OPTIONS`
 */
export function createGrpcTransport(given: GrpcTransportOptions): Transport {
  const { contracts, lock, release = NO_RELEASE, ...options } = given
  const settings = grpcSettings(options)
  hearLibrary()
  const { files } = createProtoFiles(contracts, lock)
  const operations = createGrpcOperations(contracts, files)
  const transport: Transport = {
    name: 'grpc',
    serve: (serve) => serveGrpc({ ...serve, settings, release, operations, files }),
    connect: (connect) => connectGrpc({ ...connect, settings, release, operations }),
  }
  return Object.freeze(transport)
}
