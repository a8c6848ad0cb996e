import { backoffMs, type Random } from '../../core/index.ts'
import type { ListeningSocket } from '../../gateway/index.ts'
import type { Logger } from '../../observe/index.ts'
import type { ProcessPlan } from '../topology/topology.ts'
import { beginLife, type Life, type LifeOptions } from './life.ts'
import type { FromProcess, ToProcess } from './messages.ts'

/**
 * - `starting`: the process is there and not ready yet.
 * - `ready`: it serves.
 * - `restarting`: it died and is started again after a pause.
 * - `draining`: it was told to end and finishes what it has in hand.
 * - `ended`
 */
export type InstanceState = 'starting' | 'ready' | 'restarting' | 'draining' | 'ended'

export type Ready = Extract<FromProcess, { readonly kind: 'ready' }>

export interface SupervisedInstance {
  /** `orders-1`: the name under which it holds leases, the same in each of its lives. */
  readonly id: string
  readonly plan: ProcessPlan
  readonly state: InstanceState
  readonly processId: number | null
  readonly restarts: number
  /** What it said when it became ready; `null` while it is not. */
  readonly ready: Ready | null
  /** Wall time, milliseconds: since when it has been in this state. */
  readonly sinceMs: number
  tell(message: ToProcess, socket?: ListeningSocket): void
  /** Resolves when it is ready. @throws when it never will be: it failed for good, or was told to end. */
  whenReady(): Promise<Ready>
  /** Ends it, in order; it is not started again. Resolves when it is gone: `true`, by itself. Idempotent. */
  drain(how: DrainHow): Promise<boolean>
}

export interface DrainHow {
  /** Killed when it has not ended by then, counted from when it was told. */
  readonly timeoutMs: number
  /** How long it serves on before it is told to end, so that its callers hear first that it is off the list. Default 0. */
  readonly noticeMs?: number
}

export interface InstanceOptions extends Pick<LifeOptions, 'clock' | 'onOutput'> {
  readonly id: string
  readonly plan: ProcessPlan
  readonly random: Random
  readonly logger: Logger
  /** What runs one life: each has an address of its own, so that nobody takes a new one for the old. */
  readonly programOf: (life: number) => Pick<LifeOptions, 'program' | 'environment'>
  /** The process is there: what it needs can be told. */
  readonly onBegin: (instance: SupervisedInstance) => void
  /** Its state has changed. */
  readonly onChange: (instance: SupervisedInstance) => void
}

const RESTART = { firstMs: 200, capMs: 10_000 }
const LEAST_PAUSE_MS = 50
/** Ready for so long: what happened before is forgotten. */
const SOUND_AFTER_MS = 30_000

export function startInstance(options: InstanceOptions): SupervisedInstance {
  return new Instance(options)
}

type Failure = Extract<FromProcess, { readonly kind: 'failed' }>

/** One place in the fleet, and the process that lives in it at the moment: a class because `#private` state asks for one. */
class Instance implements SupervisedInstance {
  readonly id: string
  readonly plan: ProcessPlan
  readonly #options: InstanceOptions
  readonly #becameReady = Promise.withResolvers<Ready>()
  #life!: Life
  #lives = 0
  #failures = 0
  #state: InstanceState = 'starting'
  #ready: Ready | null = null
  #sinceMs: number
  #failure: Failure | null = null
  #cancelRestart: () => void = () => undefined

  constructor(options: InstanceOptions) {
    this.id = options.id
    this.plan = options.plan
    this.#options = options
    this.#sinceMs = options.clock.now()
    // Whoever waits is told; that nobody does is no fault.
    this.#becameReady.promise.catch(() => null)
    this.#begin()
  }

  get state(): InstanceState {
    return this.#state
  }

  get processId(): number | null {
    return this.#state === 'restarting' || this.#state === 'ended' ? null : this.#life.processId
  }

  get restarts(): number {
    return this.#lives - 1
  }

  get ready(): Ready | null {
    return this.#state === 'ready' ? this.#ready : null
  }

  get sinceMs(): number {
    return this.#sinceMs
  }

  tell(message: ToProcess, socket?: ListeningSocket): void {
    this.#life.tell(message, socket)
  }

  whenReady(): Promise<Ready> {
    return this.#becameReady.promise
  }

  async drain({ timeoutMs, noticeMs = 0 }: DrainHow): Promise<boolean> {
    this.#cancelRestart()
    this.#becameReady.reject(new ProcessFailure(this.id, 'it was told to end before it was ready', false))
    if (this.#state === 'ended') return true
    const isThere = this.#state !== 'restarting'
    this.#become(isThere ? 'draining' : 'ended')
    if (!isThere) return true
    if (noticeMs > 0) await this.#options.clock.sleep(noticeMs)
    return this.#life.drain(timeoutMs)
  }

  #begin(): void {
    this.#lives += 1
    this.#failure = null
    this.#life = beginLife({
      ...this.#options,
      ...this.#options.programOf(this.#lives),
      onMessage: (message) => this.#onMessage(message),
      onEnd: (cause) => this.#onEnd(cause),
    })
    this.#become('starting')
    this.#options.onBegin(this)
  }

  #onMessage(message: FromProcess): void {
    if (message.kind === 'failed') this.#failure = message
    if (message.kind !== 'ready' || this.#state !== 'starting') return
    this.#ready = message
    this.#become('ready')
    this.#becameReady.resolve(message)
  }

  #onEnd(cause: string): void {
    const { clock, random, logger } = this.#options
    const wasReadyMs = this.#state === 'ready' ? clock.now() - this.#sinceMs : 0
    if (this.#state === 'draining' || this.#state === 'ended') return this.#become('ended')
    if (this.#failure !== null && this.#lives === 1) return this.#giveUp(this.#failure)
    this.#failures = wasReadyMs >= SOUND_AFTER_MS ? 0 : this.#failures + 1
    const pauseMs = Math.round(LEAST_PAUSE_MS + backoffMs(RESTART, this.#failures, random))
    const fields = { instance: this.id, cause, pauseMs, restarts: this.#lives }
    logger.warn(fields, 'a process ended by itself; starting it again')
    this.#become('restarting')
    this.#cancelRestart = clock.schedule(pauseMs, () => this.#begin())
  }

  /** At its first start only: later the same fault may be that of a moment. */
  #giveUp({ message, isUsage }: Failure): void {
    this.#become('ended')
    this.#becameReady.reject(new ProcessFailure(this.id, message, isUsage))
  }

  #become(next: InstanceState): void {
    if (this.#state !== next) this.#sinceMs = this.#options.clock.now()
    this.#state = next
    this.#options.onChange(this)
  }
}

/** A process cannot be started, and trying again would not help. */
class ProcessFailure extends Error {
  /** What was asked for makes no sense: a setting, the topology. */
  readonly isUsage: boolean

  constructor(id: string, message: string, isUsage: boolean) {
    super(`${id}: ${message}`)
    this.isUsage = isUsage
  }
}
