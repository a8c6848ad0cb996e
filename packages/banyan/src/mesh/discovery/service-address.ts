import { parseAddressLists } from './address.ts'
import { parseDnsNames } from './dns.ts'

const DNS = 'dns://'

/** Where a service is found, as one text says it. */
type ServiceAddress =
  | { readonly kind: 'list'; readonly text: string }
  /** Asked again and again. */
  | { readonly kind: 'dns'; readonly name: string }

/** Reads `tcp://a:4101,tcp://b:4101` or `dns://orders:4101`. @throws `api.INVALID_OPTIONS` with every fault at once */
export function parseServiceAddress(service: string, text: string): ServiceAddress {
  if (text.startsWith(DNS)) {
    const name = text.slice(DNS.length)
    parseDnsNames({ [service]: name })
    return { kind: 'dns', name }
  }
  parseAddressLists({ [service]: text })
  return { kind: 'list', text }
}
