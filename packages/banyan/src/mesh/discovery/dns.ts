import { coreErrors, type Clock, type Random } from '../../core/index.ts'
import type { Logger } from '../../observe/index.ts'
import { parseDnsName, type DnsName } from './dns-name.ts'
import type { Discovery, Instance } from './discovery.ts'
import { createPushedDiscovery } from './pushed.ts'
import { createSystemResolver, type DnsResolver } from './system-resolver.ts'

export interface DnsDiscoveryOptions {
  /** By service: `orders.internal:4101` (A and AAAA records) or `_stream._tcp.orders.internal` (SRV, which has the ports). */
  readonly names: Readonly<Record<string, string>>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Between two look-ups, ±20 %, so that a fleet does not ask at once. Default 5,000. */
  readonly intervalMs?: number
  /** Default: as the system finds names; SRV records from its name servers. */
  readonly resolver?: DnsResolver
}

/**
 * Asks a name server again and again. A look-up that fails, or finds nothing, leaves the last good list: a name server that
 * is away must not take the services with it.
 * @throws `api.INVALID_OPTIONS` with every fault at once.
 */
export function createDnsDiscovery(options: DnsDiscoveryOptions): Discovery {
  const { clock, random, logger, intervalMs = 5_000, resolver = createSystemResolver() } = options
  const names = parseDnsNames(options.names)
  const lists = createPushedDiscovery()
  const failing = new Set<string>()
  const asking = new Map<string, () => void>()

  async function lookUp(service: string, name: DnsName): Promise<void> {
    try {
      const instances = await resolveName(resolver, name)
      if (!asking.has(service)) return
      if (failing.delete(service)) logger.info({ service, name: name.text }, 'the name is resolved again')
      lists.push(service, instances)
    } catch (error) {
      noteFailure(service, name, error)
    }
    if (!asking.has(service)) return
    const pauseMs = intervalMs * (0.8 + 0.4 * random.unit())
    asking.set(
      service,
      clock.schedule(pauseMs, () => void lookUp(service, name)),
    )
  }

  function noteFailure(service: string, { text }: DnsName, error: unknown): void {
    if (failing.has(service) || !asking.has(service)) return
    failing.add(service)
    logger.warn({ service, name: text, error }, 'the name cannot be resolved; the last list stays')
  }

  return {
    watch(service, onChange) {
      const name = names.get(service)
      if (name && !asking.has(service)) {
        asking.set(service, () => undefined)
        void lookUp(service, name)
      }
      return lists.watch(service, onChange)
    },
    stop() {
      for (const cancel of asking.values()) cancel()
      asking.clear()
      resolver.cancel()
      return lists.stop()
    },
  }
}

/** @throws `api.INVALID_OPTIONS` with every fault at once */
export function parseDnsNames(texts: Readonly<Record<string, string>>): ReadonlyMap<string, DnsName> {
  const entries = Object.entries(texts).map(([service, text]) => ({ service, text, name: parseDnsName(text) }))
  const faults = entries
    .filter(({ name }) => name === null)
    .map(({ service, text }) => `'${service}' has the name ${JSON.stringify(text)}: ${EXPECTED}.`)
  if (faults.length > 0) throw coreErrors.INVALID_OPTIONS({ subject: 'DNS names', faults: faults.join(' ') })
  return new Map(entries.map(({ service, name }) => [service, name!]))
}

const EXPECTED = 'expected name:port (port 1–65535), or _service._proto.name for SRV records'

/** Sorted, so that an answer in another order is no change. @throws when no record is found. */
async function resolveName(resolver: DnsResolver, { name, port }: DnsName): Promise<readonly Instance[]> {
  const hosts =
    port === null
      ? (await resolver.resolveSrv(name)).map((target) => `${target.name}:${target.port}`)
      : (await resolveAddresses(resolver, name)).map((host) => `${host}:${port}`)
  if (hosts.length === 0) throw coreErrors.UNAVAILABLE({ what: `The name ${name}` })
  const addresses = [...new Set(hosts)].toSorted().map((host) => `tcp://${host}`)
  return addresses.map((address) => ({ id: address, address }))
}

/** Many names have records of one kind only: the failure of the other one counts only when both fail. */
async function resolveAddresses(resolver: DnsResolver, name: string): Promise<readonly string[]> {
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  if (four.status === 'rejected' && six.status === 'rejected') throw four.reason
  return [
    ...(four.status === 'fulfilled' ? four.value : []),
    ...(six.status === 'fulfilled' ? six.value.map((host) => `[${host}]`) : []),
  ]
}
