import { status as codes, type ServerUnaryCall, type ServerWritableStream, type ServiceDefinition } from '@grpc/grpc-js'
import type { ProtoFile, ProtoMessage } from '../../contract/index.ts'
import { isDeclared, type BanyanError } from '../../core/index.ts'
import { NO_RELEASE, RELEASE_HEADER, requireSameMajor, type Party } from '../releases.ts'
import { createMessageCodec } from './message-codec.ts'
import { toStatus } from './status.ts'

const PACKAGE = 'grpc.health.v1'
const status = {
  name: 'ServingStatus',
  fullName: `${PACKAGE}.HealthCheckResponse.ServingStatus`,
  zeroName: 'UNKNOWN',
  values: ['SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'].map((text, index) => ({ name: text, text, number: index + 1 })),
  reserved: [],
}
const bare = { kind: 'object', comment: '', messages: [], enums: [], reserved: [] } as const
const single = { number: 1, label: 'single', absent: 'default', comment: '' } as const
const request: ProtoMessage = {
  ...bare,
  name: 'HealthCheckRequest',
  fullName: `${PACKAGE}.HealthCheckRequest`,
  fields: [{ ...single, name: 'service', jsonName: 'service', type: { kind: 'scalar', scalar: 'string' } }],
}
const response: ProtoMessage = {
  ...bare,
  name: 'HealthCheckResponse',
  fullName: `${PACKAGE}.HealthCheckResponse`,
  enums: [status],
  fields: [{ ...single, name: 'status', jsonName: 'status', type: { kind: 'enum', enum: status } }],
}
const method = { operation: '', comment: '', request, response }

/** grpc/health/v1/health.proto (https://github.com/grpc/grpc/blob/master/doc/health-checking.md). */
export const healthFile: ProtoFile = {
  path: 'grpc/health/v1/health.proto',
  package: PACKAGE,
  usesStruct: false,
  services: [
    {
      name: 'Health',
      methods: [
        { ...method, name: 'Check' },
        { ...method, name: 'Watch', streams: true },
      ],
    },
  ],
  messages: [request, response],
  enums: [],
}

export const HEALTH_CHECK_PATH = `/${PACKAGE}.Health/Check`
export const healthRequest = createMessageCodec(request, { unknownFields: 'skip' })
export const healthResponse = createMessageCodec(response, { unknownFields: 'skip' })

type Status = 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN'
type Checker = ServerUnaryCall<Question, Buffer>
type Watcher = ServerWritableStream<Question, Buffer>

interface Question {
  /** `''`: the process. */
  readonly service: string
}

/** Tells whoever probes whether calls are taken: of the process (no name) or of one of its services (`shop.orders.Orders`). */
export function createHealthService(files: readonly ProtoFile[], own: Party) {
  const known = new Set(files.flatMap((file) => file.services.map((service) => `${file.package}.${service.name}`)))
  const watchers = new Set<Watcher>()
  let isStopping = false

  function statusOf({ service }: Question): Status {
    if (service !== '' && !known.has(service)) return 'SERVICE_UNKNOWN'
    return isStopping ? 'NOT_SERVING' : 'SERVING'
  }

  function check(call: Checker, answer: (error: object | null, value?: Buffer) => void): void {
    const refusal = refusalOf(call)
    if (refusal) return answer(toStatus(refusal))
    const found = statusOf(call.request)
    if (found === 'SERVICE_UNKNOWN') answer({ code: codes.NOT_FOUND, details: 'This process does not serve it.' })
    else answer(null, encode(found))
  }

  /** A process of another major would be refused each call. */
  function refusalOf({ metadata }: Checker): BanyanError | null {
    const release = metadata.get(RELEASE_HEADER)[0]?.toString() ?? NO_RELEASE
    try {
      requireSameMajor({ names: ['a process'], release }, own)
      return null
    } catch (error) {
      if (isDeclared(error)) return error
      throw error
    }
  }

  function watch(call: Watcher): void {
    watchers.add(call)
    call.on('cancelled', () => watchers.delete(call))
    call.write(encode(statusOf(call.request)))
  }

  return {
    definition: definitionOf(),
    implementation: { check, watch },
    /** Watchers are told, and let go: they would keep the server from closing. */
    stop() {
      isStopping = true
      for (const call of watchers) {
        call.write(encode(statusOf(call.request)))
        call.end()
      }
      watchers.clear()
    },
  }
}

function encode(found: Status): Buffer {
  return Buffer.from(healthResponse.encode({ status: found }))
}

function definitionOf(): ServiceDefinition {
  const bytes = (value: Buffer) => value
  const plain = {
    requestSerialize: (question: Question) => Buffer.from(healthRequest.encode(question)),
    requestDeserialize: (request: Buffer) => healthRequest.decode(request) as Question,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  }
  return {
    check: { path: HEALTH_CHECK_PATH, requestStream: false, responseStream: false, ...plain },
    watch: { path: `/${PACKAGE}.Health/Watch`, requestStream: false, responseStream: true, ...plain },
  }
}
