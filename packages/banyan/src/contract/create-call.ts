import { createHash } from 'node:crypto'
import { randomText, systemClock, systemRandom, type Clock, type Random } from '../core/index.ts'
import { anonymous, type Call, type Principal } from './call.ts'

export interface CallOptions {
  /** Default: the system's. */
  readonly clock?: Clock
  /** Default: the system's. */
  readonly random?: Random
  /** Default: anonymous. */
  readonly principal?: Principal
  /** Idempotency key of a command. Default: a fresh one; equal keys are needed only where a call may be repeated. */
  readonly key?: string | null
  /** Longest the caller waits, milliseconds. Default 5,000. */
  readonly timeoutMs?: number
  /** Default: never aborts. */
  readonly signal?: AbortSignal
  /** Default: a fresh one. */
  readonly requestId?: string
  /** Default `null`: the first tracer on the way begins a trace. */
  readonly traceParent?: string | null
  /** How long a command that starts a saga may wait for its end, milliseconds. Default: `timeoutMs`. */
  readonly waitMs?: number
  readonly ifMatch?: string | null
}

const DEFAULT_TIMEOUT_MS = 5_000
const NEVER = new AbortController().signal
const MAX_KEY_CHARACTERS = 255

/** A call that begins here, with sane defaults for what is not named. */
export function createCall(options: CallOptions = {}): Call {
  const { clock = systemClock, random = systemRandom, timeoutMs = DEFAULT_TIMEOUT_MS } = options
  return {
    principal: options.principal ?? anonymous,
    key: options.key === undefined ? randomText(random) : options.key,
    deadlineAtMs: clock.monotonicMs() + timeoutMs,
    signal: options.signal ?? NEVER,
    requestId: options.requestId ?? randomText(random),
    traceParent: options.traceParent ?? null,
    saga: null,
    waitMs: options.waitMs ?? timeoutMs,
    ifMatch: options.ifMatch ?? null,
  }
}

/** What is the same in all calls that a service makes in its own name: `createClient(orders, wire, serviceCall('payments'))`. */
export function serviceCall(name: string, options: Omit<CallOptions, 'principal'> = {}): CallOptions {
  return { ...options, principal: { kind: 'service', name } }
}

export interface ChildCallOptions {
  /** Default: the system's. */
  readonly clock?: Clock
  /** Names the step among the parent's; a repeat of the parent must name it the same. */
  readonly step: string
  /** Who asks. Default: whoever asks the parent. */
  readonly principal?: Principal
  /** Longest this part may take, milliseconds. Default: what is left of the parent. */
  readonly timeoutMs?: number
}

/**
 * A call on behalf of another: same request, trace and signal; the deadline shrinks; the key is derived, so that a
 * repeat of the parent repeats the child too and neither takes effect twice.
 */
export function childCall(parent: Call, options: ChildCallOptions): Call {
  const { clock = systemClock, step, principal, timeoutMs = Infinity } = options
  const deadlineAtMs = Math.min(parent.deadlineAtMs, clock.monotonicMs() + timeoutMs)
  const key = parent.key === null ? null : derivedKey(parent.key, step)
  return { ...parent, principal: principal ?? parent.principal, key, deadlineAtMs, saga: null, ifMatch: null }
}

function derivedKey(key: string, step: string): string {
  const derived = `${key}/${step}`
  return derived.length <= MAX_KEY_CHARACTERS ? derived : createHash('sha256').update(derived).digest('base64url')
}
