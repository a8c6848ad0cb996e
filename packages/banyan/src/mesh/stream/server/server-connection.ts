import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Frontier } from '../../../contract/index.ts'
import { isDeclared, type Clock } from '../../../core/index.ts'
import type { Logger } from '../../../observe/index.ts'
import { frameKinds } from '../frame/frame.ts'
import { MAX_GREETING_BYTES } from '../frame/greeting.ts'
import { PeerSilent } from '../heartbeat.ts'
import type { StreamLimits } from '../limits.ts'
import { Link } from '../link.ts'
import type { StrangerLog } from '../../stranger-log.ts'
import type { NumberedOperation } from './operation-table.ts'
import type { PayloadReader } from '../frame/payload-reader.ts'
import { RunningCalls } from './running-calls.ts'
import { identify, readCaller, welcomeOf, type Admission, type Caller } from './server-greeting.ts'

export interface ServerConnectionOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly strangers: StrangerLog
  readonly limits: StreamLimits
  readonly admission: Admission
  readonly operations: readonly NumberedOperation[]
  readonly address: string
  readonly frontier?: Frontier
}

/** Clocks differ, and a caller renews its token at half the life: whoever is this late does not renew. */
const EXPIRY_LEEWAY_MS = 30_000

/**
 * One caller's connection, seen from the service: greeting, hello, welcome, then calls. A caller that breaks the protocol loses its
 * connection, and a log line says why; its running calls are aborted as at any loss.
 */
export class ServerConnection {
  readonly #socket: Socket
  readonly #options: ServerConnectionOptions
  readonly #link: Link
  readonly #calls: RunningCalls
  readonly #onEnd: () => void
  #caller: Caller | null = null
  #cancelTimer: () => void

  constructor(socket: Socket, options: ServerConnectionOptions, onEnd: () => void) {
    const { clock, limits, admission } = options
    this.#socket = socket
    this.#options = options
    this.#onEnd = onEnd
    this.#link = new Link({
      socket,
      clock,
      limits,
      bounds: { maxFrameBytes: MAX_GREETING_BYTES, maxQueuedBytes: MAX_GREETING_BYTES },
      onFrame: (kind, payload) => this.#onFrame(kind, payload),
      onBacklog: () => this.#hold(),
      onWritten: () => this.#resume(),
      onEnd: (reason) => this.#end(reason),
    })
    this.#calls = new RunningCalls({ ...options, writer: this.#link.writer, onBacklog: () => this.#hold() })
    this.#cancelTimer = this.#failLater(limits.connectTimeoutMs, 'no hello came in time')
    this.#link.sendText(frameKinds.greeting, JSON.stringify(admission.greeting))
  }

  /** Tells the caller to go elsewhere and refuses what still comes. Resolves when nothing runs any more. */
  drain(): Promise<void> {
    if (this.#caller !== null) this.#link.sendText(frameKinds.goAway, '')
    return this.#calls.drain()
  }

  /** Aborts what runs. */
  cancelAll(): void {
    this.#calls.cancelAll()
  }

  /** Closes; answers that wait are still sent. */
  end(): void {
    this.#link.end()
  }

  #onFrame(kind: number, payload: PayloadReader): void {
    if (this.#caller === null) this.#greet(kind, payload)
    else if (kind === frameKinds.call) this.#calls.start(this.#caller, payload)
    else if (kind === frameKinds.cancel) this.#calls.cancel(payload.u32())
    else if (kind === frameKinds.after) this.#calls.expect(payload)
    else if (kind === frameKinds.token) this.#renew(this.#caller, payload.restText())
  }

  #greet(kind: number, payload: PayloadReader): void {
    const { admission, limits, operations } = this.#options
    try {
      this.#admit(readCaller({ kind, payload }, admission, () => this.#certificate()))
    } catch (error) {
      this.#refuse(error)
    }
    this.#link.allow(limits)
    this.#link.sendText(frameKinds.welcome, JSON.stringify(welcomeOf(operations, limits)))
  }

  #renew(caller: Caller, token: string): void {
    this.#admit({ ...caller, identity: identify(token, this.#options.admission, () => this.#certificate()) })
  }

  #admit(caller: Caller): void {
    const leftMs = Math.max(0, caller.identity.expiresAtMs - this.#options.clock.now())
    this.#caller = caller
    this.#cancelTimer()
    this.#cancelTimer = this.#failLater(leftMs + EXPIRY_LEEWAY_MS, 'its token has expired')
  }

  /** Whoever cannot be let in is told why, then put out. */
  #refuse(error: unknown): never {
    if (isDeclared(error)) {
      this.#link.sendText(frameKinds.refusal, JSON.stringify(error))
      this.#link.writer.flush()
    }
    throw error
  }

  /** A caller has to read first. A stranger has nothing to ask for that would fill more than a greeting. */
  #hold(): void {
    if (this.#caller === null) this.#link.fail(new Error('it asks for much and does not say who it is'))
    else this.#socket.pause()
  }

  /** Not on `drain`: the socket tells that only of what it took beyond its own mark, which is not ours. */
  #resume(): void {
    const { maxQueuedBytes } = this.#options.limits
    if (this.#socket.isPaused() && this.#link.writer.queuedBytes <= maxQueuedBytes) this.#socket.resume()
  }

  #failLater(ms: number, why: string): () => void {
    return this.#options.clock.schedule(ms, () => this.#link.fail(new Error(why)))
  }

  #certificate() {
    return (this.#socket as TLSSocket).getPeerCertificate()
  }

  #end(reason: Error | null): void {
    const caller = this.#caller?.identity.names
    const { logger, strangers } = this.#options
    // A caller that goes away is its own news, and it is told where it is missed; one that breaks the protocol is ours.
    if (isGone(reason)) logger.debug({ error: reason, caller }, 'a connection from a caller has ended')
    else if (reason !== null) strangers.refused(reason, { caller })
    this.#cancelTimer()
    this.#calls.forget()
    this.#onEnd()
  }
}

/** `ECONNRESET`, `EPIPE`: what the system says of a peer that is gone; or the peer says nothing more. */
function isGone(reason: Error | null): boolean {
  return reason !== null && ('syscall' in reason || reason instanceof PeerSilent)
}
