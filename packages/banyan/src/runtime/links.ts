import { coreErrors } from '../core/index.ts'
import { createDnsDiscovery, createStaticDiscovery, type Discovery, type Instance } from '../mesh/index.ts'
import { addressSettingOf } from './databases.ts'
import type { ProcessTools } from './process-tools.ts'

/** How a process is reached by others and reaches them. */
export interface ProcessLinks {
  /** Where its wire listens: `tcp://0.0.0.0:4101`, `unix:///run/orders.sock`; `null`: nobody calls it. */
  readonly address: string | null
  readonly discovery: Discovery
}

const DNS = 'dns://'

/**
 * Finds services by the settings `<SERVICE>_ADDRESS`: a list of addresses, or `dns://name:port`, which is asked again and again.
 * @throws `api.INVALID_OPTIONS` naming each service that has no address, and each address that is none.
 */
export function discoverBySettings(
  services: readonly string[],
  tools: Pick<ProcessTools, 'settings' | 'clock' | 'random' | 'logger'>,
): Discovery {
  const named = services.map((service) => [service, tools.settings[addressSettingOf(service)] ?? ''] as const)
  const missing = named.filter(([, text]) => text === '').map(([service]) => addressSettingOf(service))
  if (missing.length > 0) throw missingAddresses(missing)
  const isDns = ([, text]: readonly [string, string]) => text.startsWith(DNS)
  const names = named.filter(isDns).map(([service, text]) => [service, text.slice(DNS.length)] as const)
  const lists = named.filter((one) => !isDns(one))
  const byName = createDnsDiscovery({ ...tools, names: Object.fromEntries(names) })
  const byList = createStaticDiscovery(Object.fromEntries(lists))
  const sourceOf = new Map([...names.map(([service]) => [service, byName] as const)])
  return {
    watch: (service: string, onChange: (instances: readonly Instance[]) => void) =>
      (sourceOf.get(service) ?? byList).watch(service, onChange),
    stop: async () => void (await Promise.all([byName.stop(), byList.stop()])),
  }
}

function missingAddresses(settings: readonly string[]): Error {
  const faults = settings.map(
    (setting) => `${setting} is not set. Set it to tcp://host:port (several with commas) or dns://name:port.`,
  )
  return coreErrors.INVALID_OPTIONS({ subject: 'The settings', faults: faults.join(' ') })
}
