import type { PolicyOverrides, StrategyName, WireName } from '../../mesh/index.ts'

/** Which services run in which processes, and how these reach each other. Data: placement is no business of a service. */
export interface Topology {
  readonly name: string
  readonly processes: readonly ProcessPlan[]
  /** Between processes. Default `stream`. */
  readonly wire?: WireName
  /** What carries events between processes. Default: `nats` where `NATS_URL` is set, else `feed`. */
  readonly broker?: BrokerName
  /**
   * - `shared` (default): one database, a schema for each service.
   * - `each`: one for each service, named after it.
   * - names by service, e.g. `{ orders: 'shop_orders', … }`: one for each, in the same server.
   *
   * A service whose own `<SERVICE>_DATABASE_URL` is set uses exactly that one.
   */
  readonly databases?: DatabasePlan
  /** How calls to a service are spread and protected, by service, where that differs from its contract; within a process, too. */
  readonly calls?: Readonly<Record<string, CallPlan>>
}

export interface ProcessPlan {
  readonly name: string
  /** Names of the services it runs. */
  readonly services: readonly string[]
  /** Whether it is the edge. */
  readonly gateway: boolean
  /** How many of it run on one machine. Default 1. */
  readonly instances?: number
  /**
   * TCP port of the first instance on one machine; further ones count up, one more is kept free for rollouts. Default: unix
   * sockets.
   */
  readonly port?: number
  /** Services elsewhere that must have answered once before this process says that it is ready. Default none; a gateway: all. */
  readonly needs?: readonly string[]
}

export interface CallPlan extends PolicyOverrides {
  /** Default `p2c-ewma`. */
  readonly strategy?: StrategyName
}

export type BrokerName = 'feed' | 'nats'
export type DatabasePlan = 'shared' | 'each' | Readonly<Record<string, string>>

/** One machine can do this in one process: nothing has to be supervised. */
export function isSingleProcess({ processes }: Topology): boolean {
  return processes.length === 1 && instancesOf(processes[0]!) === 1
}

export function instancesOf({ instances = 1 }: ProcessPlan): number {
  return instances
}

/** The services that a process must have reached once before it is ready; those that it runs itself are not among them. */
export function needsOf(plan: ProcessPlan, services: readonly string[]): readonly string[] {
  const needs = plan.needs ?? (plan.gateway ? services : [])
  return needs.filter((service) => !plan.services.includes(service))
}
