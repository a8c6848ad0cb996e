import type { Call, EncodedInput, Reply } from '../../../contract/index.ts'
import { coreErrors, type BanyanError } from '../../../core/index.ts'
import { createCallWatch, endOf, type CallWatch } from '../../call-watch.ts'
import { withoutEffect } from '../../caller-error.ts'
import { meshErrors } from '../../mesh-errors.ts'
import type { ConnectOptions, InstanceWire } from '../../transport.ts'
import type { PendingCall } from './calls-under-way.ts'
import type { Lane } from './lane.ts'
import { Lanes } from './lanes.ts'
import type { StreamLimits } from '../limits.ts'
import { Probes } from './probes.ts'

export interface StreamConnecting {
  readonly limits: StreamLimits
  readonly release: string
}

/** The wire to one process: a few lanes, which connect when somebody calls. */
export class StreamWire implements InstanceWire {
  readonly address: string
  readonly #options: ConnectOptions & StreamConnecting
  readonly #watch: CallWatch
  readonly #lanes: Lanes
  readonly #probes: Probes
  /** Calls that wait for the first connection. */
  readonly #queue = new Set<PendingCall>()

  constructor(options: ConnectOptions, connecting: StreamConnecting) {
    this.address = options.address
    this.#options = { ...options, ...connecting }
    this.#watch = createCallWatch(options.clock)
    this.#probes = new Probes(options.address)
    this.#lanes = new Lanes(
      { ...this.#options, watch: this.#watch },
      { onReady: (lane) => this.#ready(lane), onUnreachable: (reason) => this.#refuseWaiting(reason) },
    )
  }

  get state(): InstanceWire['state'] {
    return this.#lanes.state
  }

  async call(operationId: string, input: unknown, call: Call): Promise<Reply> {
    const body = JSON.stringify(input ?? null)
    const reply = await this.#start({ operationId, fields: '', body }, call)
    return { ...reply, data: parseData(reply.data, this.address) }
  }

  callEncoded(operationId: string, { fields, body }: EncodedInput, call: Call): Promise<Reply<Buffer>> {
    return this.#start({ operationId, fields: isEmpty(fields) ? '' : JSON.stringify(fields), body }, call)
  }

  probe(signal: AbortSignal): Promise<void> {
    return this.#probes.ask(this.#lanes, signal)
  }

  stop(): Promise<void> {
    this.#lanes.stop()
    this.#refuseWaiting(this.#lanes.refusal()!)
    return Promise.resolve()
  }

  #start(request: Request, call: Call): Promise<Reply<Buffer>> {
    return new Promise((resolve, reject) => {
      const watched = { caller: call.signal, deadlineAtMs: call.deadlineAtMs }
      const over = endOf(watched, this.#options.clock.monotonicMs())
      if (over !== null) return reject(over)
      const pending: PendingCall = {
        ...request,
        ...watched,
        terms: call,
        resolve,
        reject,
        index: -1,
        calls: null,
        id: 0,
        isQuery: false,
        writtenAt: -1,
        expire: (error) => this.#expire(pending, error),
      }
      this.#watch.add(pending)
      const lane = this.#lanes.pick()
      if (lane !== null) lane.send(pending)
      else this.#wait(pending)
    })
  }

  #wait(pending: PendingCall): void {
    const error = this.#lanes.refusal() ?? this.#fullLine()
    if (error === null) {
      this.#queue.add(pending)
      return
    }
    this.#watch.remove(pending)
    pending.reject(error)
  }

  #fullLine(): BanyanError | null {
    const { maxInFlight } = this.#options.limits
    if (this.#queue.size < maxInFlight) return null
    return coreErrors.OVERLOADED({ what: `The line for a connection to ${this.address}`, limit: maxInFlight })
  }

  #expire(pending: PendingCall, error: BanyanError): void {
    this.#queue.delete(pending)
    pending.calls?.cancel(pending)
    const isHarmless = pending.calls === null || pending.isQuery
    pending.reject(isHarmless ? withoutEffect(error) : error)
  }

  #ready(lane: Lane): void {
    for (const pending of this.#queue) lane.send(pending)
    this.#queue.clear()
    this.#probes.ready(lane)
  }

  #refuseWaiting(reason: BanyanError): void {
    for (const pending of this.#queue) {
      this.#watch.remove(pending)
      pending.reject(reason)
    }
    this.#queue.clear()
    this.#probes.fail(reason)
  }
}

type Request = Pick<PendingCall, 'operationId' | 'fields' | 'body'>

function isEmpty(fields: object): boolean {
  for (const _ in fields) return false
  return true
}

function parseData(data: Buffer, address: string): unknown {
  try {
    return JSON.parse(data.toString())
  } catch (cause) {
    throw meshErrors.CONNECTION_LOST({ address }, { cause })
  }
}
