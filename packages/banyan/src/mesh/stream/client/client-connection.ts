import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Frontier } from '../../../contract/index.ts'
import { isDeclared, type BanyanError, type Clock } from '../../../core/index.ts'
import { raiseFrontier } from '../../call-headers.ts'
import type { CallWatch } from '../../call-watch.ts'
import type { Credentials } from '../../identity/credentials.ts'
import { CallsUnderWay } from './calls-under-way.ts'
import { ClientGreeting } from './client-greeting.ts'
import { frameKinds } from '../frame/frame.ts'
import { MAX_GREETING_BYTES, MAX_WELCOME_BYTES, type Welcome } from '../frame/greeting.ts'
import type { StreamLimits } from '../limits.ts'
import { Link } from '../link.ts'
import type { PayloadReader } from '../frame/payload-reader.ts'
import { unreachable } from './unreachable.ts'

export interface ClientConnectionOptions {
  readonly clock: Clock
  readonly watch: CallWatch
  readonly limits: StreamLimits
  readonly credentials: Credentials
  readonly release: string
  readonly address: string
  readonly frontier?: Frontier
}

export interface ConnectionEvents {
  /** Calls may be sent. */
  onReady(calls: CallsUnderWay): void
  /** The peer wants no new calls. */
  onDraining(): void
  /** It has closed; nothing is under way any more. */
  onEnd(reason: BanyanError): void
}

/** One connection to one process, seen from the caller. Speaks on a socket that is connecting; says by events how that went. */
export class ClientConnection {
  readonly link: Link
  readonly #options: ClientConnectionOptions
  readonly #events: ConnectionEvents
  readonly #greeting: ClientGreeting
  readonly #cancelTimeout: () => void
  #calls: CallsUnderWay | null = null

  constructor(socket: Socket, options: ClientConnectionOptions, events: ConnectionEvents) {
    const { clock, limits } = options
    this.#options = options
    this.#events = events
    const certificate = () => (socket as TLSSocket).getPeerCertificate()
    this.#greeting = new ClientGreeting({ ...options, certificate })
    this.link = new Link({
      socket,
      clock,
      limits,
      bounds: { maxFrameBytes: MAX_WELCOME_BYTES, maxQueuedBytes: MAX_GREETING_BYTES },
      // No `onBacklog`: a caller that did not read while its calls wait, and a service that did not while its answers do, would wait for
      // each other.
      onFrame: (kind, payload) => this.#onFrame(kind, payload),
      onEnd: (reason) => this.#end(reason),
      onTick: () => this.#greeting.renewToken(this.link),
    })
    const tooLate = () => this.link.fail(new Error('no welcome came in time'))
    this.#cancelTimeout = clock.schedule(limits.connectTimeoutMs, tooLate)
  }

  #onFrame(kind: number, payload: PayloadReader): void {
    if (this.#calls === null) this.#greet(kind, payload)
    else if (kind === frameKinds.answer) this.#calls.answer(payload)
    else if (kind === frameKinds.failure) this.#calls.fail(payload)
    else if (kind === frameKinds.positions) raiseFrontier(this.#options.frontier, payload.restText())
    else if (kind === frameKinds.goAway) this.#events.onDraining()
  }

  #greet(kind: number, payload: PayloadReader): void {
    const welcome = this.#greeting.take(kind, payload, this.link)
    if (welcome !== null) this.#begin(welcome)
  }

  #begin(welcome: Welcome): void {
    this.#cancelTimeout()
    this.link.allow(this.#options.limits)
    this.#calls = new CallsUnderWay({ ...this.#options, writer: this.link.writer }, welcome)
    this.#events.onReady(this.#calls)
  }

  #end(reason: Error | null): void {
    this.#cancelTimeout()
    this.#calls?.lose(reason)
    const cause = reason ?? this.#whyUngreeted()
    this.#events.onEnd(isDeclared(cause) ? cause : unreachable(this.#options.address, cause))
  }

  /** A service says first who it is, except one that waits for TLS; what it closes then is all that a plain caller hears. */
  #whyUngreeted(): Error | null {
    const isExplained = this.#calls !== null || this.#options.credentials.tls !== null
    return isExplained ? null : new Error('it closed the connection and did not greet: it may expect TLS, or be full')
  }
}
