import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { BanyanError } from '../../../core/index.ts'
import { parseWireAddress } from '../../wire-address.ts'
import type { CallsUnderWay, PendingCall } from './calls-under-way.ts'
import { ClientConnection, type ClientConnectionOptions } from './client-connection.ts'

export interface LaneEvents {
  onReady(): void
  /** @param wasReady it had been of use: another attempt may be made at once. */
  onEnd(reason: BanyanError, wasReady: boolean): void
}

/**
 * - `closed` → `open` is called → `connecting`
 * - `connecting` → greeted → `ready`, or failed → `closed`
 * - `ready` → the peer says go away → `draining`; lost → `closed`
 * - `draining` → its last calls are answered and the peer closes → `closed`
 */
export type LaneState = 'closed' | 'connecting' | 'ready' | 'draining'

/** Keeps one connection to a process, made when it is first needed and again after a loss. */
export class Lane {
  readonly #options: ClientConnectionOptions
  readonly #events: LaneEvents
  #state: LaneState = 'closed'
  #connection: ClientConnection | null = null
  #calls: CallsUnderWay | null = null

  constructor(options: ClientConnectionOptions, events: LaneEvents) {
    this.#options = options
    this.#events = events
  }

  get state(): LaneState {
    return this.#state
  }

  get inFlight(): number {
    return this.#calls === null ? 0 : this.#calls.size
  }

  /** Whether a call sent now leaves in the same write as others. */
  get isGathering(): boolean {
    return this.#connection !== null && this.#connection.link.writer.isGathering
  }

  /** Begins to connect where it is closed. */
  open(): void {
    if (this.#state !== 'closed') return
    this.#state = 'connecting'
    this.#connection = new ClientConnection(dial(this.#options), this.#options, {
      onReady: (calls) => this.#ready(calls),
      onDraining: () => (this.#state = 'draining'),
      onEnd: (reason) => this.#closed(reason),
    })
  }

  /** Only while `ready`. */
  send(pending: PendingCall): void {
    this.#calls!.send(pending)
  }

  ping(onPong: () => void): void {
    this.#connection!.link.ping(onPong)
  }

  fail(reason: Error): void {
    this.#connection?.link.fail(reason)
  }

  #ready(calls: CallsUnderWay): void {
    this.#state = 'ready'
    this.#calls = calls
    this.#events.onReady()
  }

  #closed(reason: BanyanError): void {
    const wasReady = this.#calls !== null
    this.#state = 'closed'
    this.#connection = null
    this.#calls = null
    this.#events.onEnd(reason, wasReady)
  }
}

function dial({ address, credentials: { tls } }: ClientConnectionOptions): Socket {
  const place = parseWireAddress(address)
  const target = place.kind === 'unix' ? { path: place.path } : { host: place.host, port: place.port }
  if (tls === null) return connectPlain({ ...target, noDelay: true })
  // Addresses are no names: whom the certificate is for is asked when the peer has said who it is.
  return connectTls({ ...target, ...tls, minVersion: 'TLSv1.3', checkServerIdentity: () => undefined })
}
