import { resolve } from 'node:path'
import type { AppDefinition } from './app.ts'
import { pickTopology } from './pick-topology.ts'
import type { Environment, PlatformSettings } from './process-options.ts'
import { settingsOf } from './service-settings.ts'
import { readSettings } from './settings.ts'
import type { Topology } from './topology.ts'

export interface TopologyOptions {
  readonly app: AppDefinition
  readonly environment: Environment
  /** Of a process on this machine, by its name. */
  readonly instances?: Readonly<Record<string, number>>
}

/** The topology that the settings name. @throws `api.INVALID_OPTIONS` with every fault of the settings, or of the topology. */
export function chooseTopology({ app, environment, instances }: TopologyOptions): Promise<Topology> {
  const settings = readSettings(settingsOf(app), environment) as PlatformSettings
  return pickTopology({
    topologies: app.topologies,
    name: settings.BANYAN_TOPOLOGY!,
    contracts: app.services.map(({ contract }) => contract),
    gatewayPort: settings.PORT!,
    instances,
  })
}

/** The data folder that the settings name, absolute. @throws `api.INVALID_OPTIONS` with every fault of the settings. */
export function dataFolderOf(app: AppDefinition, environment: Environment): string {
  return resolve((readSettings(settingsOf(app), environment) as PlatformSettings).BANYAN_DATA!)
}
