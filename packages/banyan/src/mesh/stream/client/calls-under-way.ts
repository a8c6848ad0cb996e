import type { Reply } from '../../../contract/index.ts'
import { coreErrors, isDeclared, type BanyanError, type Clock } from '../../../core/index.ts'
import type { CallWatch, WatchedCall } from '../../call-watch.ts'
import { withoutEffect } from '../../caller-error.ts'
import { meshErrors } from '../../mesh-errors.ts'
import { readAnswer, readFailure } from '../frame/answer-frame.ts'
import { writeCall, type CallTerms } from '../frame/call-frame.ts'
import { frameKinds } from '../frame/frame.ts'
import type { FrameWriter } from '../frame/frame-writer.ts'
import type { Welcome } from '../frame/greeting.ts'
import type { StreamLimits } from '../limits.ts'
import { indexOperations, type KnownOperation } from '../server/operation-table.ts'
import type { PayloadReader } from '../frame/payload-reader.ts'
import { Slots } from './slots.ts'
import { unreachable } from './unreachable.ts'
import { textRoom } from '../frame/write-text.ts'

/** A call that waits for its answer, or first for a connection. */
export interface PendingCall extends WatchedCall {
  readonly operationId: string
  readonly terms: CallTerms
  /** Fields of path and query as JSON; empty: none. */
  readonly fields: string
  readonly body: string | Uint8Array | null
  readonly resolve: (reply: Reply<Buffer>) => void
  readonly reject: (error: BanyanError) => void
  /** Where it was sent; `null`: nowhere yet. */
  calls: CallsUnderWay | null
  /** Its number there. */
  id: number
  isQuery: boolean
  /** What the writer's `flushes` said when it was written: as long as it says so, nothing has left. */
  writtenAt: number
}

export interface CallsUnderWayOptions {
  readonly clock: Clock
  readonly watch: CallWatch
  readonly limits: StreamLimits
  readonly address: string
  readonly writer: FrameWriter
}

/** The calls of one connection that wait for their answers. */
export class CallsUnderWay {
  readonly #options: CallsUnderWayOptions
  readonly #waiting = new Slots<PendingCall>()
  readonly #operations: ReadonlyMap<string, KnownOperation>
  readonly #peer: Welcome

  constructor(options: CallsUnderWayOptions, welcome: Welcome) {
    this.#options = options
    this.#peer = welcome
    this.#operations = indexOperations(welcome)
  }

  /** Those that were given up and are still being carried out included. */
  get size(): number {
    return this.#waiting.size
  }

  /** Sends a call or refuses it. */
  send(pending: PendingCall): void {
    try {
      this.#write(pending)
    } catch (error) {
      this.#options.watch.remove(pending)
      pending.reject(isDeclared(error) ? error : coreErrors.INTERNAL({}, { cause: error }))
    }
  }

  /** Nobody waits for the answer any more: the service may stop. */
  cancel(pending: PendingCall): void {
    const { id } = pending
    if (!this.#waiting.giveUp(id, pending)) return
    const { writer } = this.#options
    const at = writer.open(4)
    writer.close(frameKinds.cancel, writer.page.writeUInt32BE(id, at))
  }

  answer(payload: PayloadReader): void {
    const { id, reply } = readAnswer(payload)
    this.#take(id)?.resolve(reply)
  }

  fail(payload: PayloadReader): void {
    const { id, error } = readFailure(payload)
    this.#take(id)?.reject(error)
  }

  /** The connection is gone. What has not left has certainly not been carried out; of the rest nobody knows. */
  lose(reason: Error | null): void {
    const { address, watch, writer } = this.#options
    for (const pending of this.#waiting.clear()) {
      watch.remove(pending)
      const isUnsent = pending.writtenAt === writer.flushes
      pending.reject(isUnsent ? unreachable(address, reason) : lost(pending, address, reason))
    }
  }

  #write(pending: PendingCall): void {
    const { clock, writer } = this.#options
    const { operationId, terms, fields, body, deadlineAtMs } = pending
    const operation = this.#operations.get(operationId)
    if (operation === undefined) throw this.#unknown(operationId)
    this.#requireRoom(body)
    const id = this.#waiting.next
    const timeoutMs = deadlineAtMs - clock.monotonicMs()
    if (terms.after !== undefined) writeAfter(writer, id, JSON.stringify(terms.after))
    writeCall(writer, { id, operation: operation.number, timeoutMs, terms, fields, body })
    this.#waiting.take(pending)
    pending.calls = this
    pending.id = id
    pending.isQuery = operation.isQuery
    pending.writtenAt = writer.flushes
  }

  #requireRoom(body: PendingCall['body']): void {
    const { writer, limits } = this.#options
    const { maxFrameBytes, maxInFlight } = this.#peer
    if (this.#waiting.size >= maxInFlight) throw this.#full(`${maxInFlight} calls`)
    if (writer.queuedBytes > limits.maxQueuedBytes) throw this.#full(`${limits.maxQueuedBytes} bytes`)
    const bytes = body === null ? 0 : Buffer.byteLength(body) + HEAD_ROOM
    if (bytes > maxFrameBytes) throw meshErrors.MESSAGE_TOO_LARGE({ bytes, maxBytes: maxFrameBytes })
  }

  #full(limit: string): BanyanError {
    return coreErrors.OVERLOADED({ what: `The connection to ${this.#options.address}`, limit })
  }

  #unknown(operation: string): BanyanError {
    const service = operation.slice(0, operation.indexOf('.'))
    const isServed = this.#peer.operations.some(({ id }) => id.startsWith(`${service}.`))
    return isServed ? meshErrors.UNKNOWN_OPERATION({ service, operation }) : meshErrors.NO_ENDPOINT({ service })
  }

  /** `null`: given up meanwhile. */
  #take(id: number): PendingCall | null {
    const pending = this.#waiting.release(id)
    if (pending !== null) this.#options.watch.remove(pending)
    return pending
  }
}

/** In a frame of its own, which peers that know of none pass over: few calls have it, and a call's flags are a full byte. */
function writeAfter(writer: FrameWriter, id: number, text: string): void {
  const at = writer.open(4 + textRoom(text))
  const textAt = writer.page.writeUInt32BE(id, at)
  writer.close(frameKinds.after, textAt + writer.page.write(text, textAt, 'utf8'))
}

/** What a call's frame holds beside its body; ordinarily a tenth of this. */
const HEAD_ROOM = 4_096

/** A query that was lost has changed nothing. */
function lost({ isQuery }: PendingCall, address: string, reason: Error | null): BanyanError {
  const error = meshErrors.CONNECTION_LOST({ address }, { cause: reason })
  return isQuery ? withoutEffect(error) : error
}
