import { resolve } from 'node:path'
import type { AppDefinition } from '../app.ts'
import { inspectTopology } from './pick-topology.ts'
import type { Environment, PlatformSettings } from '../process-options.ts'
import { settingsOf } from '../settings/service-settings.ts'
import { inspectSettings, invalidSettings, readSettings } from '../settings/settings.ts'
import type { Topology } from './topology.ts'

export interface TopologyOptions {
  readonly app: AppDefinition
  readonly environment: Environment
  /** Of a process on this machine, by its name. */
  readonly instances?: Readonly<Record<string, number>>
}

/** The topology that the settings name. @throws `api.INVALID_OPTIONS` with every fault of the settings and of the topology. */
export async function chooseTopology(options: TopologyOptions): Promise<Topology> {
  return (await readPlan(options)).topology
}

export interface ReadPlan {
  readonly settings: PlatformSettings
  readonly topology: Topology
}

/**
 * The settings, and the topology that they name.
 * @param nameOf Another topology than the settings name.
 * @throws `api.INVALID_OPTIONS` with every fault of both.
 */
export async function readPlan(
  { app, environment, instances }: TopologyOptions,
  nameOf: (settings: PlatformSettings) => Promise<string | null> = async () => null,
): Promise<ReadPlan> {
  const read = inspectSettings(settingsOf(app), environment)
  const settings = read.values as PlatformSettings
  const { topology, faults } = await inspectTopology({
    topologies: app.topologies,
    name: (await nameOf(settings)) ?? settings.BANYAN_TOPOLOGY!,
    contracts: app.services.map(({ contract }) => contract),
    gatewayPort: settings.PORT ?? 0,
    instances,
  })
  const all = [...read.faults, ...faults]
  if (topology === null || all.length > 0) throw invalidSettings(all)
  return { settings, topology }
}

/** The data folder that the settings name, absolute. @throws `api.INVALID_OPTIONS` with every fault of the settings. */
export function dataFolderOf(app: AppDefinition, environment: Environment): string {
  return resolve((readSettings(settingsOf(app), environment) as PlatformSettings).BANYAN_DATA!)
}
