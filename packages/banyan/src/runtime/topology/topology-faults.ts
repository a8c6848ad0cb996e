import { coreErrors, isError } from '../../core/index.ts'
import type { Contract } from '../../contract/index.ts'
import { resolvePolicies } from '../../mesh/index.ts'
import { shapeFaults, soundParts } from './topology-shape.ts'
import { instancesOf, needsOf, type CallPlan, type ProcessPlan, type Topology } from './topology.ts'

export interface TopologyContext {
  /** Of the services that the app has. */
  readonly contracts: readonly Contract[]
  /** Of the gateway; 0: any free one. */
  readonly gatewayPort: number
}

const MAX_FAULTS = 50

/** Everything that is wrong with a topology, in sentences; of one without the shape of one: also what its sound parts show. */
export function topologyFaults(given: Topology, { contracts, gatewayPort }: TopologyContext): string[] {
  const misshapen = shapeFaults(given)
  const { topology, isWhole } = soundParts(given)
  const services = contracts.map(({ name }) => name)
  const subject = typeof given.name === 'string' ? `Topology '${given.name}'` : 'The topology'
  const faults = [
    ...nameFaults(topology),
    ...strangeFaults(topology, services),
    ...(isWhole ? placeFaults(topology, services) : []),
    ...databaseFaults(topology, services),
    ...needFaults(topology, services),
    ...portFaults(topology, gatewayPort),
    ...callFaults(topology, contracts),
  ]
  const all = [...misshapen.map((fault) => `${subject}: ${fault}`), ...faults.map((fault) => `${subject} ${fault}`)]
  const more = all.length - MAX_FAULTS
  return more <= 0 ? all : [...all.slice(0, MAX_FAULTS), `And ${more} more.`]
}

type Processes = Pick<Topology, 'processes'>

function nameFaults({ processes }: Processes): string[] {
  const twice = repeated(processes.map(({ name }) => name))
  return twice.map((name) => `has two processes '${name}'. Give each a name of its own; \`instances\` runs several.`)
}

/** What is placed and cannot be. */
function strangeFaults({ processes }: Processes, services: readonly string[]): string[] {
  const placed = processes.flatMap((process) => process.services)
  const unknown = [...new Set(placed)].filter((service) => !services.includes(service))
  return [
    ...unknown.map((service) => `places '${service}', which is no service of this app: ${services.join(', ')}.`),
    ...repeated(placed).map((service) => `places '${service}' twice: ${homesOf(processes, service)}. Place it in one.`),
  ]
}

function placeFaults({ processes }: Processes, services: readonly string[]): string[] {
  const placed = processes.flatMap((process) => process.services)
  const missing = services.filter((service) => !placed.includes(service))
  const names = processes.map(({ name }) => name).join(', ')
  const gateways = processes.filter(({ gateway }) => gateway).map(({ name }) => name)
  const idle = processes.filter((process) => process.services.length === 0 && !process.gateway)
  return [
    ...missing.map((service) => `places '${service}' in no process. Add it to the \`services\` of one: ${names}.`),
    ...gatewayFaults(gateways, names),
    ...idle.map(({ name }) => `has a process '${name}' that runs nothing. Remove it.`),
  ]
}

function gatewayFaults(gateways: readonly string[], names: string): string[] {
  if (gateways.length === 1) return []
  if (gateways.length === 0) return [`has no gateway. Set \`gateway\` to true in one process: ${names}.`]
  return [`has ${gateways.length} gateways: ${gateways.join(', ')}. Leave it true in one.`]
}

function homesOf(processes: readonly ProcessPlan[], service: string): string {
  const homes = processes.filter(({ services }) => services.includes(service)).map(({ name }) => name)
  return homes.join(', ')
}

function databaseFaults({ databases = 'shared' }: Topology, services: readonly string[]): string[] {
  if (typeof databases === 'string') return []
  const named = Object.entries(databases)
  const missing = services.filter((service) => !Object.hasOwn(databases, service))
  const strange = named.filter(([service]) => !services.includes(service))
  const shared = repeated(named.map(([, name]) => name))
  return [
    ...missing.map((service) => `names no database for '${service}'. Add it to \`databases\`.`),
    ...strange.map(
      ([name]) => `names a database for '${name}', which is no service of this app: ${services.join(', ')}.`,
    ),
    ...shared.map((name) => {
      const users = named.filter(([, one]) => one === name).map(([service]) => service)
      return `gives the database '${name}' to ${users.join(' and ')}. Give each its own, or all one: "shared".`
    }),
  ]
}

function needFaults({ processes }: Topology, services: readonly string[]): string[] {
  const needs = processes.flatMap(({ name, needs: named = [] }) => named.map((service) => ({ name, service })))
  const unknown = needs.filter(({ service }) => !services.includes(service))
  const cycle = findCycle(processes, services)
  return [
    ...unknown.map(
      ({ name, service }) =>
        `lets '${name}' need '${service}', which is no service of this app: ${services.join(', ')}.`,
    ),
    ...(cycle
      ? [`has processes that wait for each other for ever: ${cycle.join(' → ')}. Remove one of these needs.`]
      : []),
  ]
}

/** Names of processes, the first again at the end; `null`: none waits for itself. */
function findCycle(processes: readonly ProcessPlan[], services: readonly string[]): string[] | null {
  const done = new Set<ProcessPlan>()
  const visit = (plan: ProcessPlan, path: readonly ProcessPlan[]): string[] | null => {
    const at = path.indexOf(plan)
    if (at >= 0) return [...path.slice(at), plan].map(({ name }) => name)
    if (done.has(plan)) return null
    done.add(plan)
    const needed = processes.filter((other) => needsOf(plan, services).some((need) => other.services.includes(need)))
    return firstOf(needed, (other) => visit(other, [...path, plan]))
  }
  return firstOf(processes, (plan) => visit(plan, []))
}

function firstOf<Item, Found>(items: readonly Item[], find: (item: Item) => Found | null): Found | null {
  for (const item of items) {
    const found = find(item)
    if (found !== null) return found
  }
  return null
}

const MAX_PORT = 65_535

function portFaults({ processes }: Topology, gatewayPort: number): string[] {
  const ranges = processes.flatMap((plan) => {
    const { name, port } = plan
    // One more than it has instances: a rollout runs the new one beside the old.
    return port === undefined ? [] : [{ name, first: port, last: port + instancesOf(plan) }]
  })
  const edge = gatewayPort === 0 ? [] : [{ name: 'the gateway', first: gatewayPort, last: gatewayPort }]
  const all = [...edge, ...ranges]
  const beyond = ranges.filter(({ last }) => last > MAX_PORT)
  return [
    ...beyond.map(
      ({ name, first, last }) =>
        `gives '${name}' the ports ${first} to ${last} (one for a rollout); they end at ${MAX_PORT}. Choose lower ones.`,
    ),
    ...all.flatMap((one, index) =>
      all
        .slice(index + 1)
        .filter((other) => one.first <= other.last && other.first <= one.last)
        .map(
          (other) => `has ${one.name} and ${other.name} on port ${Math.max(one.first, other.first)}. Move one of them.`,
        ),
    ),
  ]
}

function callFaults({ calls = {} }: Topology, contracts: readonly Contract[]): string[] {
  const services = contracts.map(({ name }) => name)
  const unknown = Object.keys(calls).filter((service) => !services.includes(service))
  const policies = contracts.flatMap((contract) => policyFaults(contract, calls[contract.name]))
  return [
    ...unknown.map((name) => `says how '${name}' is called, which is no service of this app: ${services.join(', ')}.`),
    ...policies.map((fault) => `has a policy that makes no sense: ${fault}`),
  ]
}

function policyFaults(contract: Contract, overrides: CallPlan | undefined): string[] {
  try {
    resolvePolicies(contract, overrides)
    return []
  } catch (error) {
    if (isError(error, coreErrors.INVALID_OPTIONS)) return [(error as Error).message]
    throw error
  }
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
}
