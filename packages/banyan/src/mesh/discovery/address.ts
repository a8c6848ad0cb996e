import { coreErrors } from '../../core/index.ts'
import type { Instance } from './discovery.ts'

/**
 * Reads `tcp://a:4101,unix:///run/b.sock`: the addresses of one service, separated by commas. The address is the id.
 * @throws `api.INVALID_OPTIONS` with every fault at once, also of the other services.
 */
export function parseAddressLists(lists: Readonly<Record<string, string>>): ReadonlyMap<string, readonly Instance[]> {
  const faults: string[] = []
  const instances = Object.entries(lists).map(([service, text]) => [service, readList(service, text, faults)] as const)
  if (faults.length > 0) throw coreErrors.INVALID_OPTIONS({ subject: 'Addresses', faults: faults.join(' ') })
  return new Map(instances)
}

/** What is wrong with an address; `null`: nothing. */
function addressFault(address: string): string | null {
  if (/^unix:\/\/\/./.test(address)) return null
  const port = TCP.exec(address)?.groups?.port
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535 ? null : EXPECTED
}

function readList(service: string, text: string, faults: string[]): readonly Instance[] {
  const addresses = text
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '')
  if (addresses.length === 0) faults.push(`'${service}' has no address: ${EXPECTED}.`)
  for (const [index, address] of addresses.entries()) {
    const fault = addressFault(address)
    if (fault) faults.push(`'${service}' has the address ${JSON.stringify(address)}: ${fault}.`)
    if (addresses.indexOf(address) !== index) faults.push(`'${service}' has the address ${address} twice.`)
  }
  return addresses.map((address) => ({ id: address, address }))
}

/** A name, an IPv4 address, or an IPv6 address in brackets. */
const TCP = /^tcp:\/\/(?:[\w.-]+|\[[0-9a-fA-F:.]+\]):(?<port>\d{1,5})$/
const EXPECTED = 'expected tcp://host:port (port 1–65535) or unix:///path'
