import {
  createDnsDiscovery,
  createStaticDiscovery,
  type Discovery,
  type Instance,
  parseServiceAddress,
} from '../../mesh/index.ts'
import { addressSettingOf } from '../services/databases.ts'
import type { PlannedProcess } from '../plan-process.ts'
import type { ProcessLinks } from './process-links.ts'
import type { ProcessTools } from '../process-tools.ts'

export interface LinkOptions {
  readonly planned: Pick<PlannedProcess, 'settings' | 'elsewhere'>
  readonly tools: Pick<ProcessTools, 'settings' | 'clock' | 'random' | 'logger'>
}

/**
 * Listens at `BANYAN_ADDRESS` and finds services by `<SERVICE>_ADDRESS`: a list of addresses, or `dns://name:port`, which is
 * asked again and again.
 * @throws `api.INVALID_OPTIONS` naming each address that is none.
 */
export function linkBySettings({ planned, tools }: LinkOptions): ProcessLinks {
  const address = planned.settings.BANYAN_ADDRESS ?? null
  const elsewhere = planned.elsewhere.map(({ name }) => name)
  return { address, discovery: discoverBySettings(elsewhere, tools) }
}

/** A service without a setting has no instances: whoever calls it all the same is told so. */
function discoverBySettings(services: readonly string[], tools: LinkOptions['tools']): Discovery {
  const names: [service: string, name: string][] = []
  const lists: [service: string, text: string][] = []
  for (const service of services) {
    const text = tools.settings[addressSettingOf(service)]
    if (!text) continue
    const address = parseServiceAddress(service, text)
    if (address.kind === 'dns') names.push([service, address.name])
    else lists.push([service, address.text])
  }
  const byName = createDnsDiscovery({ ...tools, names: Object.fromEntries(names) })
  const byList = createStaticDiscovery(Object.fromEntries(lists))
  const isNamed = new Set(names.map(([service]) => service))
  return {
    watch: (service: string, onChange: (instances: readonly Instance[]) => void) =>
      (isNamed.has(service) ? byName : byList).watch(service, onChange),
    stop: async () => void (await Promise.all([byName.stop(), byList.stop()])),
  }
}
