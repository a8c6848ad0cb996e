import type { BanyanError } from '../../../core/index.ts'
import type { Lane } from './lane.ts'
import type { Lanes } from './lanes.ts'
import { unreachable } from './unreachable.ts'

/** Those who ask whether the process answers. */
export class Probes {
  readonly #address: string
  readonly #waiting = new Set<Probe>()

  constructor(address: string) {
    this.#address = address
  }

  /** Resolves when the process has answered a ping. @throws `mesh.UNREACHABLE`, or why it was not let in. */
  ask(lanes: Lanes, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#waiting.delete(probe)
        signal.removeEventListener('abort', giveUp)
      }
      const probe: Probe = {
        ping: (lane) =>
          lane.ping(() => {
            settle()
            resolve()
          }),
        fail(error) {
          settle()
          reject(error)
        },
      }
      const giveUp = () => probe.fail(unreachable(this.#address, new Error('it did not answer in time')))
      this.#waiting.add(probe)
      signal.addEventListener('abort', giveUp, { once: true })
      if (signal.aborted) giveUp()
      else begin(probe, lanes)
    })
  }

  ready(lane: Lane): void {
    for (const probe of this.#waiting) probe.ping(lane)
  }

  fail(reason: BanyanError): void {
    for (const probe of this.#waiting) probe.fail(reason)
  }
}

interface Probe {
  ping(lane: Lane): void
  fail(error: BanyanError): void
}

function begin(probe: Probe, lanes: Lanes): void {
  const lane = lanes.pick()
  if (lane !== null) return probe.ping(lane)
  const refusal = lanes.refusal()
  if (refusal !== null) probe.fail(refusal)
}
