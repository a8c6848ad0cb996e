import type { Clock, Random } from '../../core/index.ts'
import type { ListeningSocket } from '../../gateway/index.ts'
import type { Logger } from '../../observe/index.ts'
import { instancesOf, type ProcessPlan, type Topology } from '../topology/topology.ts'
import { startInstance, type Ready, type SupervisedInstance } from './instance.ts'
import type { LifeOptions } from './life.ts'
import type { MergedOutput } from './merged-output.ts'
import type { InstanceLists } from './messages.ts'

export interface FleetOptions {
  readonly topology: Topology
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly output: MergedOutput
  /** Where gateways accept. */
  readonly socket: ListeningSocket
  /** What runs one life of an instance. `number` counts from 1; the lowest free one is given. */
  readonly programOf: (place: InstancePlace) => Pick<LifeOptions, 'program' | 'environment'>
  /** What a process may know beside its environment. The first ones load their code while the database server starts. */
  readonly settingsOf: (plan: ProcessPlan) => Promise<Readonly<Record<string, string>>>
}

export interface InstancePlace {
  readonly id: string
  readonly plan: ProcessPlan
  readonly number: number
  readonly life: number
}

/** All processes of a topology on one machine. */
export interface Fleet {
  instances(): readonly SupervisedInstance[]
  /** Starts one more of a process, under the lowest number that is free. */
  add(plan: ProcessPlan): SupervisedInstance
  /** Takes it off everybody's list, lets it finish, ends it. Resolves to `true` when it ended by itself. */
  remove(instance: SupervisedInstance): Promise<boolean>
  /** The same for one whose place another has taken. */
  retire(instance: SupervisedInstance): Promise<boolean>
  /** Starts what the topology names, all at once. Resolves with what each said when the last is ready. */
  start(): Promise<readonly Ready[]>
  /** Gateways first, then who calls others, then the others. */
  stop(): Promise<void>
}

/** As long as the slowest operation may take, and the gateway's drain around it. */
const DRAIN_TIMEOUT_MS = 40_000

/**
 * A busy gateway hears of a change some milliseconds after a process that is told to end has ended its wire. What it sent
 * in between came back as not sent, and 15 of 100,000 calls found the retry budget spent (2026-11-23).
 */
const NOTICE_MS = 250

export function createFleet(options: FleetOptions): Fleet {
  const { topology, socket, output } = options
  const living = new Map<number, SupervisedInstance>()
  let keys = 0
  let stopping: Promise<void> | null = null

  return { instances, add, remove, retire, start, stop: () => (stopping ??= stopAll()) }

  function instances(): readonly SupervisedInstance[] {
    return [...living.values()]
  }

  function add(plan: ProcessPlan): SupervisedInstance {
    const number = lowestFree(instances().map(({ id }) => numberOf(id, plan.name)))
    const id = `${plan.name}-${number}`
    const key = keys++
    const instance = startInstance({
      ...options,
      id,
      plan,
      programOf: (life) => options.programOf({ id, plan, number, life }),
      onOutput: (stream) => output.add(id, stream),
      onBegin: (begun) => void introduce(begun, plan),
      onChange: (changed) => noteChange(key, changed),
    })
    if (instance.state !== 'ended') living.set(key, instance)
    return instance
  }

  async function introduce(instance: SupervisedInstance, plan: ProcessPlan): Promise<void> {
    instance.tell({ kind: 'instances', services: listsOf(topology, instances()) })
    if (plan.gateway) instance.tell({ kind: 'socket' }, socket)
    // A server that cannot start ends the whole start, which ends this process.
    const settings = await options.settingsOf(plan).catch(() => null)
    if (settings) instance.tell({ kind: 'settings', settings })
  }

  function noteChange(key: number, instance: SupervisedInstance): void {
    if (instance.state === 'ended') living.delete(key)
    if (instance.state !== 'starting') publish()
  }

  function publish(): void {
    const services = listsOf(topology, instances())
    for (const instance of living.values()) instance.tell({ kind: 'instances', services })
  }

  function start(): Promise<readonly Ready[]> {
    const first = topology.processes.flatMap((plan) => Array.from({ length: instancesOf(plan) }, () => add(plan)))
    return Promise.all(first.map((instance) => instance.whenReady()))
  }

  function remove(instance: SupervisedInstance): Promise<boolean> {
    return instance.drain({ timeoutMs: DRAIN_TIMEOUT_MS })
  }

  function retire(instance: SupervisedInstance): Promise<boolean> {
    instance.tell({ kind: 'replaced' })
    return instance.drain({ timeoutMs: DRAIN_TIMEOUT_MS, noticeMs: NOTICE_MS })
  }

  async function stopAll(): Promise<void> {
    for (const names of drainOrder(topology)) {
      const group = instances().filter(({ plan }) => names.includes(plan.name))
      await Promise.all(group.map(remove))
    }
  }
}

/** By service, the instances that are ready. */
function listsOf({ processes }: Topology, instances: readonly SupervisedInstance[]): InstanceLists {
  const services = processes.flatMap((plan) => plan.services.map((service) => [service, plan.name] as const))
  return Object.fromEntries(
    services.map(([service, process]) => [
      service,
      instances.flatMap(({ id, plan, ready }) =>
        plan.name === process && ready?.address ? [{ id, address: ready.address }] : [],
      ),
    ]),
  )
}

/** Groups of processes: nobody is ended before those that need it. */
function drainOrder({ processes }: Topology): string[][] {
  const edge = processes.filter(({ gateway }) => gateway)
  const needing = processes.filter(({ gateway, needs = [] }) => !gateway && needs.length > 0)
  const others = processes.filter((plan) => !edge.includes(plan) && !needing.includes(plan))
  return [edge, needing, others].map((group) => group.map(({ name }) => name))
}

function numberOf(id: string, process: string): number | null {
  const number = id.startsWith(`${process}-`) ? Number(id.slice(process.length + 1)) : Number.NaN
  return Number.isInteger(number) ? number : null
}

function lowestFree(taken: readonly (number | null)[]): number {
  let number = 1
  while (taken.includes(number)) number += 1
  return number
}
