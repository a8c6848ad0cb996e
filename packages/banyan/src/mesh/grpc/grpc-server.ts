import { rm } from 'node:fs/promises'
import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js'
import type { ProtoFile } from '../../contract/index.ts'
import type { Clock } from '../../core/index.ts'
import type { TlsMaterial } from '../identity/credentials.ts'
import { meshErrors } from '../mesh-errors.ts'
import { createRunningCalls } from '../running-calls.ts'
import { createStrangerLog } from '../stranger-log.ts'
import type { ServeOptions, WireServer } from '../transport.ts'
import { formatWireAddress, parseWireAddress } from '../wire-address.ts'
import { createUnaryHandler, type UnaryParts } from './answer-unary.ts'
import type { GrpcOperations } from './grpc-operations.ts'
import type { GrpcSettings } from './grpc-options.ts'
import { grpcTarget } from './grpc-target.ts'
import { createHealthService, healthFile } from './health.ts'
import { createReflectionServices } from './reflection.ts'
import { structFile } from './struct-file.ts'
import { markUnread } from './unread-metadata.ts'

export interface GrpcServerOptions extends ServeOptions {
  readonly settings: GrpcSettings
  readonly release: string
  readonly operations: GrpcOperations
  readonly files: readonly ProtoFile[]
}

const DEFAULT_STOP_MS = 10_000
/** The library goes on waiting for a peer that spoke something else than HTTP/2, such as TLS to a plain server. */
const CLOSE_MS = 1_000

/** @throws `mesh.CANNOT_LISTEN` */
export async function serveGrpc(options: GrpcServerOptions): Promise<WireServer> {
  const { settings, endpoints } = options
  const running = createRunningCalls()
  const strangers = createStrangerLog(options.logger, options.clock)
  const server = new Server({
    interceptors: [markUnread],
    'grpc.max_receive_message_length': settings.maxMessageBytes,
    'grpc.max_send_message_length': -1, // asked before, so that the caller reads a declared error
    'grpc.keepalive_time_ms': settings.keepAliveMs,
    'grpc.keepalive_timeout_ms': settings.keepAliveTimeoutMs,
  })
  for (const endpoint of endpoints) addOperations(server, { ...options, endpoint, running, strangers })
  const served = options.files.filter((file) => endpoints.some(({ contract }) => isOf(file, contract.name)))
  const own = { names: endpoints.map(({ contract }) => contract.name), release: options.release }
  const health = createHealthService(served, own)
  server.addService(health.definition, health.implementation)
  if (settings.reflection) {
    for (const { definition, implementation } of createReflectionServices([...served, healthFile, structFile]))
      server.addService(definition, implementation)
  }
  const address = await bind(server, options)
  let stopping: Promise<void> | null = null
  const stop = (timeoutMs = DEFAULT_STOP_MS) => (stopping ??= drain(timeoutMs))
  return { address, stop, [Symbol.asyncDispose]: () => stop() }

  async function drain(timeoutMs: number): Promise<void> {
    health.stop()
    running.refuseNew()
    // Sends GOAWAY: calls that were not begun go elsewhere, those in hand are finished.
    const closed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()))
    await running.finished(options.clock, timeoutMs)
    server.forceShutdown()
    await within(options.clock, closed)
    const { kind, ...place } = parseWireAddress(address)
    if (kind === 'unix') await rm((place as { path: string }).path, { force: true })
  }
}

function within(clock: Clock, closed: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.schedule(CLOSE_MS, resolve)
    void closed.then(() => (cancel(), resolve()))
  })
}

function isOf({ services }: ProtoFile, service: string): boolean {
  return services.some(({ methods }) => methods[0]?.operation.startsWith(`${service}.`))
}

function addOperations(server: Server, parts: Omit<UnaryParts, 'method'> & { readonly operations: GrpcOperations }) {
  const definition: Record<string, ServiceDefinition[string]> = {}
  const implementation: UntypedServiceImplementation = {}
  for (const method of parts.operations.values()) {
    if (!method.id.startsWith(`${parts.endpoint.contract.name}.`)) continue
    definition[method.id] = { path: method.path, requestStream: false, responseStream: false, ...BYTES }
    implementation[method.id] = createUnaryHandler({ ...parts, method })
  }
  server.addService(definition, implementation)
}

/** Messages stay bytes in gRPC's hands: what cannot be read or written is a declared error of ours. */
const BYTES = {
  requestSerialize: (bytes: Buffer) => bytes,
  requestDeserialize: (bytes: Buffer) => bytes,
  responseSerialize: (bytes: Buffer) => bytes,
  responseDeserialize: (bytes: Buffer) => bytes,
}

function bind(server: Server, { address, credentials }: GrpcServerOptions): Promise<string> {
  const wanted = parseWireAddress(address)
  return new Promise((resolve, reject) => {
    server.bindAsync(grpcTarget(address), serverCredentials(credentials.tls), (cause, port) => {
      if (cause) reject(meshErrors.CANNOT_LISTEN({ address, fault: cause.message }, { cause }))
      else resolve(formatWireAddress(wanted.kind === 'unix' ? wanted : { ...wanted, port }))
    })
  })
}

function serverCredentials(tls: TlsMaterial | null): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure()
  const pair = { private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.cert) }
  return ServerCredentials.createSsl(Buffer.from(tls.ca), [pair], true)
}
