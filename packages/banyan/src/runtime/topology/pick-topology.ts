import { resolve } from 'node:path'
import { invalidSettings } from '../settings/settings.ts'
import { topologyFaults, type TopologyContext } from './topology-faults.ts'
import { readTopologyFile } from './topology-file.ts'
import type { ProcessPlan, Topology } from './topology.ts'

export interface TopologyChoice extends TopologyContext {
  /** Those that the app brings. */
  readonly topologies: readonly Topology[]
  /** One of theirs by name, or a file: `.json`, or a module that exports `topology`. */
  readonly name: string
  /** Instances of a process on one machine, by its name. */
  readonly instances?: Readonly<Record<string, number>>
}

/**
 * The topology of this name or in this file, checked against the services that the app has.
 * @throws `api.INVALID_OPTIONS` with all faults at once.
 */
export async function pickTopology(choice: TopologyChoice): Promise<Topology> {
  const { topology, faults } = await inspectTopology(choice)
  if (topology === null || faults.length > 0) throw invalidSettings(faults)
  return topology
}

export interface InspectedTopology {
  /** `null`: there is none, and the faults say why. */
  readonly topology: Topology | null
  readonly faults: readonly string[]
}

/** For those who have faults of their own to name beside these. */
export async function inspectTopology(choice: TopologyChoice): Promise<InspectedTopology> {
  const named = choice.topologies.find((one) => one.name === choice.name) ?? (await readTopology(choice))
  if (typeof named === 'string') return { topology: null, faults: [named] }
  const { topology, faults } = withInstances(named, choice.instances ?? {})
  return { topology, faults: [...faults, ...topologyFaults(topology, choice)] }
}

/** One process of a topology. None named: the only one that there is. @throws `api.INVALID_OPTIONS` */
export function pickProcess({ name, processes }: Topology, process: string | undefined): ProcessPlan {
  const only = processes.length === 1 ? processes[0]! : undefined
  const plan = process === undefined ? only : processes.find((one) => one.name === process)
  if (plan) return plan
  const known = processes.map((one) => one.name).join(', ')
  if (process === undefined) throw invalidSettings([`Topology '${name}' has several processes. Name one: ${known}.`])
  throw invalidSettings([`Topology '${name}' has no process ${JSON.stringify(process)}, only ${known}.`])
}

const IS_FILE = /[/\\]|\.(json|ts|js|mjs)$/

/** @returns the fault where there is none */
async function readTopology({ name, topologies }: TopologyChoice): Promise<Topology | string> {
  if (!IS_FILE.test(name)) {
    const known = topologies.map((one) => one.name).join(', ')
    return `BANYAN_TOPOLOGY must be one of ${known}, or a file, got ${JSON.stringify(name)}.`
  }
  const path = resolve(name)
  const read = await readTopologyFile(path)
  return typeof read === 'string' ? `BANYAN_TOPOLOGY names ${path}, which ${read}` : read
}

interface Scaled {
  readonly topology: Topology
  readonly faults: readonly string[]
}

function withInstances(topology: Topology, instances: Readonly<Record<string, number>>): Scaled {
  const listed = Array.isArray(topology.processes) ? topology.processes : []
  const processes = listed.filter((plan) => typeof plan === 'object' && plan !== null)
  const unknown = Object.keys(instances).filter((name) => !processes.some((process) => process.name === name))
  const known = processes.map((process) => process.name).join(', ')
  const faults = unknown.map(
    (name) => `--instances names '${name}', which is no process of '${topology.name}': ${known}.`,
  )
  if (Object.keys(instances).length === 0 || processes.length < listed.length) return { topology, faults }
  const scaled = processes.map((plan) => ({ ...plan, instances: instances[plan.name] ?? plan.instances ?? 1 }))
  return { topology: { ...topology, processes: scaled }, faults }
}
