import { connectivityState, Metadata, type Client, type StatusObject } from '@grpc/grpc-js'
import { createInputValidator, type Call, type InputValidator, type Reply } from '../../contract/index.ts'
import { coreErrors } from '../../core/index.ts'
import { contextToHeaders, raiseFrontier, REPLY_HEADERS } from '../call-headers.ts'
import { createCallsUnderWay, type Exchange } from '../calls-under-way.ts'
import { meshErrors } from '../mesh-errors.ts'
import { NO_RELEASE, RELEASE_HEADER } from '../releases.ts'
import type { ConnectOptions, InstanceWire } from '../transport.ts'
import { createChannels } from './channels.ts'
import type { GrpcOperation, GrpcOperations } from './grpc-operations.ts'
import type { GrpcSettings } from './grpc-options.ts'
import { createHealthProbe } from './health-probe.ts'
import { fromStatus } from './status.ts'

export interface GrpcWireOptions extends ConnectOptions {
  readonly settings: GrpcSettings
  readonly release: string
  readonly operations: GrpcOperations
}

/** Calls to one process over one HTTP/2 connection, which gRPC opens with the first call and again after a loss. */
export function connectGrpc(options: GrpcWireOptions): InstanceWire {
  const { address, settings, operations, clock } = options
  const channels = createChannels({ ...options, tls: options.credentials.tls })
  const calls = createCallsUnderWay({ address, clock, maxCalls: settings.maxCalls, what: 'The grpc wire' })
  const validators = new Map<string, InputValidator>()

  /** Here and not only at the service: a message cannot carry what does not fit the contract, so it would be lost on the way. */
  function validate({ id, operation }: GrpcOperation, input: unknown): void {
    let validator = validators.get(id)
    if (!validator) {
      validator = createInputValidator(operation)
      validators.set(id, validator)
    }
    validator(input)
  }

  return {
    address,
    get state() {
      return stateOf(channels.state())
    },
    async call(id, input, call) {
      const method = operations.get(id)
      const service = id.slice(0, id.indexOf('.'))
      if (!method) throw meshErrors.UNKNOWN_OPERATION({ service, operation: id })
      validate(method, input)
      const request = encodeRequest(method, input, settings)
      const exchange = () => begin(options, { client: channels.of(service), method, request, call, service })
      return decodeReply(method, await calls.run(call, exchange))
    },
    probe: createHealthProbe(options, () => channels.of(null)),
    stop() {
      calls.stop()
      channels.close()
      return Promise.resolve()
    },
  }
}

interface Unary {
  readonly client: Client
  readonly method: GrpcOperation
  readonly request: Buffer
  readonly call: Call
  readonly service: string
}

interface UnaryAnswer {
  readonly bytes: Buffer
  readonly trailer: Metadata
}

function begin(options: GrpcWireOptions, { client, method, request, call, service }: Unary): Exchange<UnaryAnswer> {
  const { clock, credentials, address, settings, frontier } = options
  const metadata = new Metadata()
  for (const [name, value] of contextToHeaders(call)) metadata.set(name, value)
  if (options.release !== NO_RELEASE) metadata.set(RELEASE_HEADER, options.release)
  metadata.set('authorization', `Bearer ${credentials.issue(service)}`)
  const deadline = clock.now() + Math.max(1, call.deadlineAtMs - clock.monotonicMs())
  const context = { operation: method.operation, address, maxMessageBytes: settings.maxMessageBytes }
  let answer: Buffer | undefined
  // A call without a deadline of its own: gRPC takes Infinity for none.
  const unary = client.makeUnaryRequest(method.path, toBytes, toBytes, request, metadata, { deadline }, (_, bytes) => {
    answer = bytes
  })
  return {
    answer: new Promise((resolve, reject) => {
      unary.on('status', (status: StatusObject) => {
        raiseFrontier(frontier, status.metadata.get(REPLY_HEADERS.positions)[0]?.toString())
        if (answer) resolve({ bytes: answer, trailer: status.metadata })
        else reject(fromStatus(status, context))
      })
    }),
    abort: () => unary.cancel(),
  }
}

function toBytes(bytes: Buffer): Buffer {
  return bytes
}

/** @throws `mesh.MESSAGE_TOO_LARGE`, before anything is sent. */
function encodeRequest({ input: codec }: GrpcOperation, input: unknown, { maxMessageBytes }: GrpcSettings): Buffer {
  const bytes = Buffer.from(codec.encode(input))
  if (bytes.length <= maxMessageBytes) return bytes
  throw meshErrors.MESSAGE_TOO_LARGE({ bytes: bytes.length, maxBytes: maxMessageBytes })
}

/** @throws `api.INTERNAL`: the call was carried out, but what came back is not what the contract says. */
function decodeReply({ output }: GrpcOperation, { bytes, trailer }: UnaryAnswer): Reply {
  const read = (name: string) => trailer.get(name)[0]?.toString() ?? null
  try {
    return {
      data: output.decode(bytes),
      versions: read(REPLY_HEADERS.versions),
      changedAt: read(REPLY_HEADERS.changedAt),
      replayed: read(REPLY_HEADERS.replayed) === 'true',
      pending: read(REPLY_HEADERS.pending) === 'true',
    }
  } catch (cause) {
    throw coreErrors.INTERNAL({}, { cause })
  }
}

function stateOf(state: connectivityState | null): InstanceWire['state'] {
  switch (state) {
    case connectivityState.READY:
      return 'ready'
    case connectivityState.TRANSIENT_FAILURE:
      return 'unreachable'
    case connectivityState.IDLE:
    case connectivityState.CONNECTING:
    case connectivityState.SHUTDOWN:
    case null:
      return 'idle'
  }
}
