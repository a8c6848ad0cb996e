import type { AppDefinition } from '../app.ts'
import { addressSettingOf, databaseSettingOf } from '../services/databases.ts'
import { parseServiceAddress } from '../../mesh/index.ts'
import { platformSettings } from './platform-settings.ts'
import { databaseSetting, parsedSetting, type SettingTable } from './settings.ts'

/** Every setting that a start of this app understands: the platform's, those of its services, its own. */
export function settingsOf(app: Pick<AppDefinition, 'services' | 'settings'>): SettingTable {
  const services = app.services.map(({ contract }) => contract.name)
  return { ...platformSettings, ...serviceSettings(services), ...app.settings }
}

/** Where the data of each service are, and where it is reached when it runs elsewhere. */
function serviceSettings(services: readonly string[]): SettingTable {
  const databases = services.map((service) => [
    databaseSettingOf(service),
    databaseSetting(`PostgreSQL of ${service}; none: as DATABASE_URL says`),
  ])
  const addresses = services.map((service) => [
    addressSettingOf(service),
    parsedSetting({ description: `Where ${service} is reached: tcp://host:port[,…], or dns://name:port` }, (text) =>
      parseServiceAddress(service, text),
    ),
  ])
  return Object.fromEntries([...databases, ...addresses])
}
