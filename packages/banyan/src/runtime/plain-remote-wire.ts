import type { Call, EncodedInput, Reply, Wire } from '../contract/index.ts'
import type { Credentials, Discovery, InstanceWire, Transport } from '../mesh/index.ts'
import { meshErrors } from '../mesh/index.ts'
import type { ProcessTools } from './process-tools.ts'

export interface RemoteWire extends Wire {
  probe(signal: AbortSignal): Promise<void>
  stop(): Promise<void>
}

export function createRemoteWire(
  o: ProcessTools & { service: string; discovery: Discovery; transport: Transport; credentials: Credentials },
): RemoteWire {
  const wires = new Map<string, InstanceWire>()
  let turn = 0
  const end = o.discovery.watch(o.service, (instances) => {
    for (const { address } of instances)
      if (!wires.has(address)) wires.set(address, o.transport.connect({ ...o, address }))
    for (const [address, wire] of wires)
      if (!instances.some((one) => one.address === address)) {
        wires.delete(address)
        o.clock.schedule(1_000, () => void wire.stop())
      }
  })
  const pick = () => {
    const all = [...wires.values()]
    if (all.length === 0) throw meshErrors.NO_ENDPOINT({ service: o.service })
    return all[turn++ % all.length]!
  }
  return {
    async call(id: string, input: unknown, call: Call): Promise<Reply> {
      return pick().call(id, input, call)
    },
    async callEncoded(id: string, input: EncodedInput, call: Call): Promise<Reply<Uint8Array>> {
      return pick().callEncoded!(id, input, call)
    },
    async probe(signal) {
      await pick().probe(signal)
    },
    async stop() {
      end()
      await Promise.all([...wires.values()].map((wire) => wire.stop()))
    },
  }
}
