import { coreErrors } from '../core/index.ts'

/** Which services run in which processes. Data: placement is no business of a service. */
export interface Topology {
  readonly name: string
  readonly processes: readonly ProcessPlan[]
}

export interface ProcessPlan {
  readonly name: string
  /** Names of the services it runs. */
  readonly services: readonly string[]
  /** Whether it is the edge. */
  readonly gateway: boolean
}

/**
 * The topology of this name, checked against the services that the app has.
 * @throws `api.INVALID_OPTIONS` with all faults at once.
 */
export function pickTopology(topologies: readonly Topology[], name: string, services: readonly string[]): Topology {
  const topology = topologies.find((one) => one.name === name)
  if (!topology) {
    const known = topologies.map((one) => one.name).join(', ')
    throw fault(`BANYAN_TOPOLOGY must be one of ${known}, got ${JSON.stringify(name)}.`)
  }
  const faults = topologyFaults(topology, services)
  if (faults.length > 0) throw fault(faults.join(' '))
  return topology
}

function topologyFaults({ name, processes }: Topology, services: readonly string[]): string[] {
  const placed = processes.flatMap((process) => process.services)
  const unknown = placed.filter((service) => !services.includes(service))
  const missing = services.filter((service) => !placed.includes(service))
  const gateways = processes.filter((process) => process.gateway).length
  return [
    ...unknown.map((service) => `Topology '${name}' places '${service}', which is no service of this app.`),
    ...missing.map((service) => `Topology '${name}' places '${service}' in no process.`),
    ...(gateways === 1 ? [] : [`Topology '${name}' has ${gateways} gateways; it needs one.`]),
  ]
}

function fault(faults: string): Error {
  return coreErrors.INVALID_OPTIONS({ subject: 'The topology', faults })
}
