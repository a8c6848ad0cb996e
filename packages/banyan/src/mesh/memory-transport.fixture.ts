import { reply, type Reply } from '../contract/index.ts'
import type { Clock } from '../core/index.ts'
import type { Credentials } from './identity/credentials.ts'
import { meshErrors } from './mesh-errors.ts'
import type { OperationCall } from './middleware.ts'
import type { InstanceWire, Transport } from './transport.ts'

/** An instance that is not there: what it does with calls is up to the test. */
export interface SimulatedInstance {
  /** Carries out one call. Default: answers after `latencyMs`. */
  handle: (request: Pick<OperationCall, 'id' | 'call'>) => Promise<Reply>
  latencyMs: number
  state: InstanceWire['state']
  /** Whether probes pass. */
  passesProbes: boolean
  /** Calls that reached it. */
  calls: number
  inFlight: number
  probes: number
  stops: number
}

export interface SimulatedFleet {
  readonly transport: Transport
  /** The instance at this address; made when first asked for. */
  at(address: string): SimulatedInstance
}

/** A transport within the test: no bytes, but the time that the clock says. */
export function createSimulatedFleet(clock: Clock): SimulatedFleet {
  const instances = new Map<string, SimulatedInstance>()

  function at(address: string): SimulatedInstance {
    const known = instances.get(address)
    if (known) return known
    const instance = createInstance(clock)
    instances.set(address, instance)
    return instance
  }

  return {
    at,
    transport: {
      name: 'simulated',
      serve: () => Promise.reject(new Error('nothing is served in a simulation')),
      connect: ({ address }) => createInstanceWire(address, at(address)),
    },
  }
}

function createInstance(clock: Clock): SimulatedInstance {
  const instance: SimulatedInstance = {
    latencyMs: 5,
    state: 'ready',
    passesProbes: true,
    calls: 0,
    inFlight: 0,
    probes: 0,
    stops: 0,
    handle: () => clock.sleep(instance.latencyMs).then(() => reply(null)),
  }
  return instance
}

function createInstanceWire(address: string, instance: SimulatedInstance): InstanceWire {
  return {
    address,
    get state() {
      return instance.state
    },
    call(id, _, call) {
      instance.calls++
      if (instance.state === 'unreachable') {
        return Promise.reject(meshErrors.UNREACHABLE({ address, fault: 'nobody listens' }))
      }
      instance.inFlight++
      return instance.handle({ id, call }).finally(() => instance.inFlight--)
    },
    probe() {
      instance.probes++
      return instance.passesProbes ? Promise.resolve() : Promise.reject(new Error('not ready'))
    },
    stop() {
      instance.stops++
      return Promise.resolve()
    },
  }
}

export const noCredentials: Credentials = {
  names: ['test'],
  issue: () => '',
  verify: () => ({ names: ['test'], onBehalf: true, expiresAtMs: Infinity }),
  tls: null,
}
