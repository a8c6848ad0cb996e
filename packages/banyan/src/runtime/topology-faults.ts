import { Type } from 'typebox'
import { coreErrors, isError, parseOptions } from '../core/index.ts'
import type { Contract } from '../contract/index.ts'
import { resolvePolicies } from '../mesh/index.ts'
import { instancesOf, needsOf, type ProcessPlan, type Topology } from './topology.ts'

export interface TopologyContext {
  /** Of the services that the app has. */
  readonly contracts: readonly Contract[]
  /** Of the gateway; 0: any free one. */
  readonly gatewayPort: number
}

/** Everything that is wrong with a topology, in sentences. Of one without the shape of one: what its whole processes show. */
export function topologyFaults(topology: Topology, { contracts, gatewayPort }: TopologyContext): string[] {
  const misshapen = shapeFaults(topology)
  const services = contracts.map(({ name }) => name)
  const subject = `Topology '${topology.name}'`
  if (misshapen.length > 0) {
    const processes = wholeProcesses(topology)
    const further = [...nameFaults({ processes }), ...strangeFaults({ processes }, services)]
    return [...misshapen, ...further.map((fault) => `${subject} ${fault}`)]
  }
  const faults = [
    ...nameFaults(topology),
    ...placeFaults(topology, services),
    ...databaseFaults(topology, services),
    ...needFaults(topology, services),
    ...portFaults(topology, gatewayPort),
    ...callFaults(topology, contracts),
  ]
  return faults.map((fault) => `${subject} ${fault}`)
}

const NAME = '^[a-z][a-z0-9-]{0,40}$'
const Shape = Type.Object(
  {
    name: Type.String({ pattern: NAME }),
    wire: Type.Optional(Type.Enum(['stream', 'http', 'grpc'])),
    broker: Type.Optional(Type.Enum(['feed', 'nats'])),
    databases: Type.Optional(
      Type.Union([
        Type.Enum(['shared', 'each']),
        Type.Record(Type.String(), Type.String({ pattern: '^[a-z_][a-z0-9_-]{0,62}$' })),
      ]),
    ),
    calls: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Object(
          {
            strategy: Type.Optional(Type.Enum(['p2c-ewma', 'round-robin', 'least-connections', 'ip-hash'])),
            policy: Type.Optional(Type.Object({})),
            operations: Type.Optional(Type.Record(Type.String(), Type.Object({}))),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    processes: Type.Array(
      Type.Object(
        {
          name: Type.String({ pattern: NAME }),
          services: Type.Array(Type.String()),
          gateway: Type.Boolean(),
          instances: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
          port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
          needs: Type.Optional(Type.Array(Type.String())),
        },
        { additionalProperties: false },
      ),
      { minItems: 1 },
    ),
  },
  { additionalProperties: false },
)

function shapeFaults(topology: Topology): string[] {
  return invalidOptions(() => parseOptions(`Topology '${String(topology.name)}'`, Shape, topology))
}

/** Those with a name and a list of services. What is missing may stand in one of the others. */
function wholeProcesses({ processes }: { readonly processes: unknown }): ProcessPlan[] {
  const whole = (Array.isArray(processes) ? processes : []) as readonly (Partial<ProcessPlan> | null)[]
  return whole.filter(
    (plan): plan is ProcessPlan =>
      typeof plan?.name === 'string' &&
      Array.isArray(plan.services) &&
      plan.services.every((one) => typeof one === 'string'),
  )
}

/** The faults that `parse` throws. */
function invalidOptions(parse: () => unknown): string[] {
  try {
    parse()
    return []
  } catch (error) {
    if (isError(error, coreErrors.INVALID_OPTIONS)) return [(error as Error).message]
    throw error
  }
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
    ...strangeFaults({ processes }, services),
    ...missing.map((service) => `places '${service}' in no process. Add it to the \`services\` of one: ${names}.`),
    ...(gateways.length === 1 ? [] : [`has ${gateways.length} gateways (${gateways.join(', ')}); it needs one.`]),
    ...idle.map(({ name }) => `has a process '${name}' that runs nothing. Remove it.`),
  ]
}

function homesOf(processes: readonly ProcessPlan[], service: string): string {
  const homes = processes.filter(({ services }) => services.includes(service)).map(({ name }) => name)
  return homes.join(', ')
}

function databaseFaults({ databases = 'shared' }: Topology, services: readonly string[]): string[] {
  if (typeof databases === 'string') return []
  const named = Object.keys(databases)
  return [
    ...services.filter((service) => !named.includes(service)).map((service) => `names no database for '${service}'.`),
    ...named
      .filter((service) => !services.includes(service))
      .map((name) => `names a database for no service: '${name}'.`),
    ...repeated(Object.values(databases)).map((name) => `gives the database '${name}' to two services.`),
  ]
}

function needFaults({ processes }: Topology, services: readonly string[]): string[] {
  const needs = processes.flatMap(({ name, needs: named = [] }) => named.map((service) => ({ name, service })))
  const unknown = needs.filter(({ service }) => !services.includes(service))
  const cycle = findCycle(processes, services)
  return [
    ...unknown.map(({ name, service }) => `lets '${name}' need '${service}', which is no service of this app.`),
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

function portFaults({ processes }: Topology, gatewayPort: number): string[] {
  const ranges = processes.flatMap((plan) => {
    const { name, port } = plan
    // One more than it has instances: a rollout runs the new one beside the old.
    return port === undefined ? [] : [{ name, first: port, last: port + instancesOf(plan) }]
  })
  const edge = gatewayPort === 0 ? [] : [{ name: 'the gateway', first: gatewayPort, last: gatewayPort }]
  const all = [...edge, ...ranges]
  return all.flatMap((one, index) =>
    all
      .slice(index + 1)
      .filter((other) => one.first <= other.last && other.first <= one.last)
      .map(
        (other) => `has ${one.name} and ${other.name} on port ${Math.max(one.first, other.first)}. Move one of them.`,
      ),
  )
}

function callFaults({ calls = {} }: Topology, contracts: readonly Contract[]): string[] {
  const unknown = Object.keys(calls).filter((service) => !contracts.some(({ name }) => name === service))
  const policies = contracts.flatMap((contract) =>
    invalidOptions(() => resolvePolicies(contract, calls[contract.name])),
  )
  return [
    ...unknown.map((service) => `says how '${service}' is called, which is no service of this app.`),
    ...policies.map((fault) => `has a policy that makes no sense: ${fault}`),
  ]
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
}
