import { Metadata, type handleUnaryCall, type ServerUnaryCall } from '@grpc/grpc-js'
import { invalidInput, type Call, type Reply } from '../../contract/index.ts'
import { coreErrors, isDeclared, isError, randomText, type BanyanError } from '../../core/index.ts'
import { badHeader, contextFromHeaders, REPLY_HEADERS } from '../call-headers.ts'
import { withoutAnswer } from '../caller-error.ts'
import { identifyCaller, ownPrincipal } from '../caller-proof.ts'
import { requireClaim } from '../identity/require-claim.ts'
import { meshErrors } from '../mesh-errors.ts'
import { NO_RELEASE, RELEASE_HEADER, requireSameMajor } from '../releases.ts'
import type { RunningCalls } from '../running-calls.ts'
import type { StrangerLog } from '../stranger-log.ts'
import type { ServiceEndpoint } from '../service-endpoint.ts'
import type { ServeOptions } from '../transport.ts'
import type { GrpcOperation } from './grpc-operations.ts'
import type { GrpcSettings } from './grpc-options.ts'
import { toStatus } from './status.ts'
import { isUnread } from './unread-metadata.ts'

export interface UnaryParts extends ServeOptions {
  readonly settings: GrpcSettings
  readonly release: string
  readonly endpoint: ServiceEndpoint
  readonly method: GrpcOperation
  readonly running: RunningCalls
  readonly strangers: StrangerLog
}

type UnaryCall = ServerUnaryCall<Buffer, Buffer>

/** Answers calls of one operation: whatever goes wrong is a status. */
export function createUnaryHandler(parts: UnaryParts): handleUnaryCall<Buffer, Buffer> {
  const { running, strangers, logger, method, address } = parts
  return (call, callback) => {
    const abort = new AbortController()
    running.begin(abort)
    call.on('cancelled', () => abort.abort())
    answer(parts, call, abort.signal)
      .then(
        ({ bytes, trailer }) => callback(null, bytes, trailer),
        (error: unknown) => {
          if (isError(error, meshErrors.UNTRUSTED_CALLER)) strangers.refused(error)
          if (!isDeclared(error)) logger.error({ error, operation: method.id, address }, 'the grpc wire failed')
          const status = toStatus(isDeclared(error) ? error : coreErrors.INTERNAL({}, { cause: error }))
          tellPositions(parts, status.metadata)
          callback(status)
        },
      )
      .finally(() => running.end(abort))
  }
}

interface Answered {
  readonly bytes: Buffer
  readonly trailer?: Metadata
}

async function answer(parts: UnaryParts, call: UnaryCall, signal: AbortSignal): Promise<Answered> {
  const { running, address, endpoint, method } = parts
  if (running.isStopping) throw meshErrors.UNREACHABLE({ address, fault: 'it is stopping' })
  const context = readCall(parts, call, signal)
  const input = decodeInput(method, call.request)
  return writeReply(parts, await endpoint.call(method.id, input, context))
}

function readCall(parts: UnaryParts, call: UnaryCall, signal: AbortSignal): Call {
  const { credentials, clock, random, endpoint } = parts
  const read = (name: string) => readEntry(call.metadata, name)
  const certificate = call.getAuthContext()?.sslPeerCertificate ?? null
  const proof = { authorization: read('authorization'), certificate: credentials.tls ? certificate : null }
  const identity = identifyCaller(credentials, endpoint.contract.name, proof)
  const context = contextFromHeaders(read, { principal: ownPrincipal(identity), requestId: randomText(random) })
  requireClaim(identity, context.principal)
  requireSameMajor(
    { names: identity.names, release: read(RELEASE_HEADER) ?? NO_RELEASE },
    { names: [endpoint.contract.name], release: parts.release },
  )
  const deadlineMs = Number(call.getDeadline())
  return { ...context, deadlineAtMs: clock.monotonicMs() + (deadlineMs - clock.now()), signal }
}

/** @throws `api.INVALID_INPUT` */
function readEntry(metadata: Metadata, name: string): string | undefined {
  if (isUnread(metadata, name)) throw badHeader(name, 'must be printable ASCII')
  return metadata.get(name)[0]?.toString()
}

/** @throws `api.INVALID_INPUT` */
function decodeInput({ input }: GrpcOperation, bytes: Buffer): unknown {
  try {
    return input.decode(bytes)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw invalidInput([{ pointer: '', message: `The message cannot be read: ${cause.message}` }])
  }
}

/** @throws `mesh.MESSAGE_TOO_LARGE`, or a TypeError when the operation answered what its contract does not allow. */
function writeReply(parts: UnaryParts, reply: Reply): Answered {
  const { method, settings, frontier } = parts
  const bytes = Buffer.from(method.output.encode(reply.data))
  if (bytes.length > settings.maxMessageBytes) throw tooLarge(method, bytes.length, settings)
  const { versions, changedAt, replayed, pending } = reply
  const isBare = versions === null && changedAt === null && !replayed && !pending
  if (isBare && (method.operation.kind === 'query' || frontier === undefined)) return { bytes }
  const trailer = new Metadata()
  tellPositions(parts, trailer)
  if (versions !== null) trailer.set(REPLY_HEADERS.versions, versions)
  if (changedAt !== null) trailer.set(REPLY_HEADERS.changedAt, changedAt)
  if (replayed) trailer.set(REPLY_HEADERS.replayed, 'true')
  if (pending) trailer.set(REPLY_HEADERS.pending, 'true')
  return { bytes, trailer }
}

function tellPositions({ method, frontier }: UnaryParts, metadata: Metadata): void {
  const text = method.operation.kind === 'command' ? (frontier?.text() ?? '') : ''
  if (text !== '') metadata.set(REPLY_HEADERS.positions, text)
}

function tooLarge({ operation }: GrpcOperation, bytes: number, { maxMessageBytes }: GrpcSettings): BanyanError {
  return withoutAnswer(operation, meshErrors.MESSAGE_TOO_LARGE({ bytes, maxBytes: maxMessageBytes }))
}
