import type { Contract } from '../contract/index.ts'
import { readPlan } from './topology/choose-topology.ts'
import { lastTopology } from './data-layout.ts'
import { pickProcess } from './topology/pick-topology.ts'
import type { PlatformSettings, ProcessOptions } from './process-options.ts'
import type { ServiceDefinition } from './services/service.ts'
import { needsOf, type ProcessPlan, type Topology } from './topology/topology.ts'

/** What a process is to run, before any of it runs. */
export interface PlannedProcess {
  readonly settings: PlatformSettings
  readonly topology: Topology
  readonly plan: ProcessPlan
  /** The services that it runs. */
  readonly services: readonly ServiceDefinition[]
  /** Contracts of those that run elsewhere. */
  readonly elsewhere: readonly Contract[]
  /** Names of those that must have answered once before it is ready. */
  readonly needs: readonly string[]
  /** It is one of several processes that call each other. */
  readonly isLinked: boolean
}

/** @throws `api.INVALID_OPTIONS` with every fault of the settings and of the topology. */
export async function planProcess({ app, environment, mode, process }: ProcessOptions): Promise<PlannedProcess> {
  // A tool looks where the data are, whoever put them there.
  const isOpen = mode === 'tools' && !environment.BANYAN_TOPOLOGY
  const nameOf = async ({ BANYAN_DATA }: PlatformSettings) => (isOpen ? lastTopology(BANYAN_DATA!) : null)
  const { settings, topology } = await readPlan({ app, environment }, nameOf)
  const contracts = app.services.map(({ contract }) => contract)
  const names = contracts.map((contract) => contract.name)
  const plan = mode === 'tools' ? everything(names) : pickProcess(topology, process)
  const services = app.services.filter(({ contract }) => plan.services.includes(contract.name))
  const elsewhere = contracts.filter(({ name }) => !plan.services.includes(name))
  const isLinked = mode === 'serve' && topology.processes.length > 1
  return { settings, topology, plan, services, elsewhere, needs: needsOf(plan, names), isLinked }
}

/** Tools look into every database, wherever the services run. */
function everything(services: readonly string[]): ProcessPlan {
  return { name: 'tools', services, gateway: false }
}
