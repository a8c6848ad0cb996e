import type { Frontier, Wire } from '../contract/index.ts'
import type { Clock, Random } from '../core/index.ts'
import type { Logger, Metrics } from '../observe/index.ts'
import type { ServiceEndpoint } from './service-endpoint.ts'
import type { Credentials } from './identity/credentials.ts'

/** One way for processes to reach each other: `stream`, `http` or `grpc`. */
export interface Transport {
  readonly name: string
  /** Listens and hands calls to the endpoints. @throws `mesh.CANNOT_LISTEN` */
  serve(options: ServeOptions): Promise<WireServer>
  /** Reaches one process. Connects when first called and again after a loss; never throws itself. */
  connect(options: ConnectOptions): InstanceWire
}

interface TransportTools {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics?: Metrics
  /** How this process shows who it is, and how it tells who calls. */
  readonly credentials: Credentials
  /** What this process knows of the logs: told with answers, learned from those that come. Default: nothing is. */
  readonly frontier?: Frontier
}

export interface ServeOptions extends TransportTools {
  /** `tcp://127.0.0.1:4101` (port 0: any free one) or `unix:///run/banyan/orders-1.sock`. */
  readonly address: string
  readonly endpoints: readonly ServiceEndpoint[]
}

/** Where a process serves its endpoints. */
export interface WireServer extends AsyncDisposable {
  /** The address with the port that was given. */
  readonly address: string
  /**
   * Tells the callers to go elsewhere, takes no new calls, lets those in hand finish within `timeoutMs` (then cancels
   * them), closes. Idempotent.
   */
  stop(timeoutMs?: number): Promise<void>
}

export interface ConnectOptions extends TransportTools {
  /** As `WireServer.address` gives it. */
  readonly address: string
}

/** The wire to one process, whichever of its services is called. */
export interface InstanceWire extends Wire {
  readonly address: string
  /**
   * - `idle`: not connected, because nobody has called yet.
   * - `ready`
   * - `draining`: it asked for no new calls.
   * - `unreachable`: the last attempt failed; tried again with backoff.
   */
  readonly state: 'idle' | 'ready' | 'draining' | 'unreachable'
  /** Asks whether the process answers at all and is ready; for active health checks. @throws why not */
  probe(signal: AbortSignal): Promise<void>
  /** Fails what is under way with `mesh.CONNECTION_LOST` and closes. Idempotent. */
  stop(): Promise<void>
}
