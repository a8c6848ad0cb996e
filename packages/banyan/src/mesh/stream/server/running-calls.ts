import { parsePositions, type Call, type Frontier, type Positions, type Reply } from '../../../contract/index.ts'
import { coreErrors, isDeclared, type BanyanError, type Clock } from '../../../core/index.ts'
import { withoutAnswer } from '../../caller-error.ts'
import { requireClaim } from '../../identity/require-claim.ts'
import { meshErrors } from '../../mesh-errors.ts'
import { writeAnswer, writeFailure } from '../frame/answer-frame.ts'
import { readCall } from '../frame/call-frame.ts'
import { frameKinds, MalformedFrame } from '../frame/frame.ts'
import type { FrameWriter } from '../frame/frame-writer.ts'
import type { StreamLimits } from '../limits.ts'
import type { NumberedOperation } from './operation-table.ts'
import type { PayloadReader } from '../frame/payload-reader.ts'
import type { Caller } from './server-greeting.ts'

export interface RunningCallsOptions {
  readonly clock: Clock
  readonly limits: StreamLimits
  readonly operations: readonly NumberedOperation[]
  readonly address: string
  readonly writer: FrameWriter
  readonly frontier?: Frontier
  /** The caller takes its answers more slowly than it asks. */
  readonly onBacklog: () => void
}

/** The calls of one connection that the service carries out. */
export class RunningCalls {
  readonly #options: RunningCallsOptions
  readonly #running = new Map<number, AbortController>()
  /** What the next call must see. */
  #after: { readonly id: number; readonly positions: Positions } | null = null
  /** The positions that this caller was told last. */
  #told = ''
  #onIdle: (() => void) | null = null

  constructor(options: RunningCallsOptions) {
    this.#options = options
  }

  /** @throws MalformedFrame */
  start(caller: Caller, payload: PayloadReader): void {
    const { clock, operations, writer } = this.#options
    const { id, operation: number, timeoutMs, terms, input } = readCall(payload)
    const operation = operations[number]
    if (operation === undefined || this.#running.has(id)) throw new MalformedFrame('a call has a number that cannot be')
    const refusal = this.#refusal(caller, terms)
    if (refusal !== null) return writeFailure(writer, id, refusal)
    const abort = new AbortController()
    this.#running.set(id, abort)
    const after = this.#after?.id === id ? { after: this.#after.positions } : null
    const call: Call = { ...terms, ...after, deadlineAtMs: clock.monotonicMs() + timeoutMs, signal: abort.signal }
    operation.endpoint.callEncoded(operation.id, input, call).then(
      (reply) => this.#answer({ id, operation, maxBytes: caller.maxFrameBytes }, reply),
      (error: unknown) => this.#fail(id, error),
    )
  }

  /** Comes right before the call that it is of. @throws MalformedFrame */
  expect(payload: PayloadReader): void {
    const id = payload.u32()
    const positions = parsePositions(payload.restText())
    if (positions === null) throw new MalformedFrame('positions are none')
    this.#after = { id, positions }
  }

  cancel(id: number): void {
    this.#running.get(id)?.abort()
  }

  cancelAll(): void {
    for (const abort of this.#running.values()) abort.abort()
  }

  /** Aborts all; nobody waits for their answers. */
  forget(): void {
    this.cancelAll()
    this.#running.clear()
    this.#onIdle?.()
  }

  /** Refuses what still comes. Resolves when nothing runs any more. */
  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#onIdle = resolve
      if (this.#running.size === 0) resolve()
    })
  }

  #refusal({ identity }: Caller, { principal }: Pick<Call, 'principal'>): BanyanError | null {
    const { address, limits } = this.#options
    if (this.#onIdle !== null) return meshErrors.UNREACHABLE({ address, fault: 'it is stopping' })
    if (this.#running.size >= limits.maxInFlight) {
      return coreErrors.OVERLOADED({ what: `A connection to ${address}`, limit: limits.maxInFlight })
    }
    try {
      requireClaim(identity, principal)
      return null
    } catch (error) {
      return toDeclared(error)
    }
  }

  #answer(awaited: Awaited, reply: Reply<string>): void {
    const { writer, limits, onBacklog } = this.#options
    if (!this.#settle(awaited.id)) return
    this.#tellPositions()
    try {
      writeAnswer(writer, awaited, reply)
    } catch (error) {
      writeFailure(writer, awaited.id, withoutAnswer(awaited.operation, toDeclared(error)))
    }
    if (writer.queuedBytes > limits.maxQueuedBytes) onBacklog()
  }

  #fail(id: number, error: unknown): void {
    if (!this.#settle(id)) return
    this.#tellPositions()
    writeFailure(this.#options.writer, id, toDeclared(error))
  }

  #tellPositions(): void {
    const { frontier, writer } = this.#options
    if (frontier === undefined || frontier.text() === this.#told) return
    this.#told = frontier.text()
    const at = writer.open(Buffer.byteLength(this.#told))
    writer.close(frameKinds.positions, at + writer.page.write(this.#told, at, 'latin1'))
  }

  /** False: nobody waits for the answer any more. */
  #settle(id: number): boolean {
    const isAwaited = this.#running.delete(id)
    if (this.#onIdle !== null && this.#running.size === 0) this.#onIdle()
    return isAwaited
  }
}

interface Awaited {
  readonly id: number
  readonly operation: NumberedOperation
  readonly maxBytes: number
}

function toDeclared(error: unknown): BanyanError {
  return isDeclared(error) ? error : coreErrors.INTERNAL({}, { cause: error })
}
