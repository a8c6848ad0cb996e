import { backoffMs, type Random } from '../../core/index.ts'
import type { ListeningSocket } from '../../gateway/index.ts'
import type { Logger } from '../../observe/index.ts'
import type { ProcessPlan } from '../topology.ts'
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
  const { id, plan, clock, random, logger } = options
  const becameReady = Promise.withResolvers<Ready>()
  // Whoever waits is told; that nobody does is no fault.
  becameReady.promise.catch(() => null)
  let life: Life
  let lives = 0
  let failures = 0
  let state: InstanceState = 'starting'
  let ready: Ready | null = null
  let sinceMs = clock.now()
  let failure: Extract<FromProcess, { readonly kind: 'failed' }> | null = null
  let cancelRestart = () => undefined as void

  const instance: SupervisedInstance = {
    id,
    plan,
    get state() {
      return state
    },
    get processId() {
      return state === 'restarting' || state === 'ended' ? null : life.processId
    },
    get restarts() {
      return lives - 1
    },
    get ready() {
      return state === 'ready' ? ready : null
    },
    get sinceMs() {
      return sinceMs
    },
    tell: (message, socket) => life.tell(message, socket),
    whenReady: () => becameReady.promise,
    drain,
  }
  begin()
  return instance

  function begin(): void {
    lives += 1
    failure = null
    life = beginLife({ ...options, ...options.programOf(lives), onMessage, onEnd })
    become('starting')
    options.onBegin(instance)
  }

  function onMessage(message: FromProcess): void {
    if (message.kind === 'failed') failure = message
    if (message.kind !== 'ready' || state !== 'starting') return
    ready = message
    become('ready')
    becameReady.resolve(message)
  }

  function onEnd(cause: string): void {
    const wasReadyMs = state === 'ready' ? clock.now() - sinceMs : 0
    if (state === 'draining' || state === 'ended') return become('ended')
    if (failure !== null && lives === 1) return giveUp(failure)
    failures = wasReadyMs >= SOUND_AFTER_MS ? 0 : failures + 1
    const pauseMs = Math.round(LEAST_PAUSE_MS + backoffMs(RESTART, failures, random))
    logger.warn({ instance: id, cause, pauseMs, restarts: lives }, 'a process ended by itself; starting it again')
    become('restarting')
    cancelRestart = clock.schedule(pauseMs, begin)
  }

  /** At its first start only: later the same fault may be that of a moment. */
  function giveUp({ message, isUsage }: NonNullable<typeof failure>): void {
    become('ended')
    becameReady.reject(new ProcessFailure(id, message, isUsage))
  }

  async function drain({ timeoutMs, noticeMs = 0 }: DrainHow): Promise<boolean> {
    cancelRestart()
    becameReady.reject(new ProcessFailure(id, 'it was told to end before it was ready', false))
    if (state === 'ended') return true
    const isThere = state !== 'restarting'
    become(isThere ? 'draining' : 'ended')
    if (!isThere) return true
    if (noticeMs > 0) await clock.sleep(noticeMs)
    return life.drain(timeoutMs)
  }

  function become(next: InstanceState): void {
    if (state !== next) sinceMs = clock.now()
    state = next
    options.onChange(instance)
  }
}

/** A process cannot be started, and trying again would not help. */
export class ProcessFailure extends Error {
  /** What was asked for makes no sense: a setting, the topology. */
  readonly isUsage: boolean

  constructor(id: string, message: string, isUsage: boolean) {
    super(`${id}: ${message}`)
    this.isUsage = isUsage
  }
}
