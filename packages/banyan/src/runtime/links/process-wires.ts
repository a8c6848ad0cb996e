import type { Call, Contract, EncodedInput, Reply, Wire } from '../../contract/index.ts'
import {
  createGuardedWire,
  createLocalWire,
  createRemoteWire,
  type Credentials,
  type LocalWire,
  type RemoteWire,
  type ServiceEndpoint,
  type Transport,
} from '../../mesh/index.ts'
import { withLogOperations } from '../../log/index.ts'
import type { ProcessLinks } from './process-links.ts'
import type { ProcessTools } from '../process-tools.ts'
import type { Topology } from '../topology/topology.ts'

export interface ProcessWiresOptions {
  readonly tools: ProcessTools
  readonly topology: Pick<Topology, 'calls'>
  /** Of the services that run elsewhere. */
  readonly elsewhere: readonly Contract[]
  /** `null`: everything is in this process. */
  readonly remote: RemoteParts | null
  /** The local wire encodes and decodes every call: for tests. */
  readonly encode: boolean
}

export interface RemoteParts {
  readonly links: ProcessLinks
  readonly transport: Transport
  readonly credentials: Credentials
}

/** One wire to every service, here or elsewhere: who calls cannot tell. */
export interface ProcessWires extends LocalWire {
  /** What this process serves, for the wire that others come in by. */
  endpoints(): readonly ServiceEndpoint[]
  /** By service: those that run elsewhere. */
  readonly remote: ReadonlyMap<string, RemoteWire>
  stop(): Promise<void>
}

export function createProcessWires(options: ProcessWiresOptions): ProcessWires {
  const { tools, topology, encode } = options
  const local = createLocalWire({ clock: tools.clock, encode })
  const endpoints = new Map<string, ServiceEndpoint>()
  const inProcess: Wire = { call: local.call, callEncoded: callEndpoint }
  const remote = connectAll(options)
  /** By service, each with the policy of its contract around it: where it runs makes no difference to who calls. */
  const guarded = new Map<string, Wire>(remote)
  const wires: ProcessWires = {
    remote,
    endpoints: () => [...endpoints.values()],
    serve(endpoint) {
      endpoints.set(endpoint.contract.name, endpoint)
      local.serve(endpoint)
      const { contract } = endpoint
      const overrides = topology.calls?.[contract.name]
      guarded.set(contract.name, createGuardedWire({ ...tools, contract, wire: inProcess, overrides }))
    },
    call: (id, input, call) => (guarded.get(serviceOf(id)) ?? inProcess).call(id, input, call),
    stop: async () => void (await Promise.all([...remote.values()].map((wire) => wire.stop()))),
  }
  // Without other processes nothing is text yet, and a body that is parsed once need not be written again.
  return remote.size === 0 ? wires : { ...wires, callEncoded }

  function callEncoded(id: string, input: EncodedInput, call: Call): Promise<Reply<Uint8Array>> {
    return (guarded.get(serviceOf(id)) ?? inProcess).callEncoded!(id, input, call)
  }

  async function callEndpoint(id: string, input: EncodedInput, call: Call): Promise<Reply<Uint8Array>> {
    const reply = await endpoints.get(serviceOf(id))!.callEncoded(id, input, call)
    return { ...reply, data: Buffer.from(reply.data) }
  }
}

function connectAll({ tools, topology, elsewhere, remote }: ProcessWiresOptions): ReadonlyMap<string, RemoteWire> {
  if (remote === null) return new Map()
  const { links, transport, credentials } = remote
  const { discovery } = links
  return new Map(
    elsewhere.map((contract) => {
      const overrides = topology.calls?.[contract.name]
      const how = { ...tools, discovery, transport, credentials, strategy: overrides?.strategy, overrides }
      return [contract.name, createRemoteWire({ ...how, contract: withLogOperations(contract) })]
    }),
  )
}

function serviceOf(operationId: string): string {
  return operationId.slice(0, operationId.indexOf('.'))
}
