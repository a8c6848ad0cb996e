import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv4 } from 'node:net'
import { coreErrors } from '../../core/index.ts'

/** Whom to believe about where a request came from: nobody, the last n proxies, or proxies in these networks. */
export type TrustProxy =
  | { readonly kind: 'none' }
  | { readonly kind: 'hops'; readonly hops: number }
  | { readonly kind: 'networks'; readonly networks: BlockList }

/**
 * Reads `TRUST_PROXY`: empty or `none`; a hop count 1–10 (only where nobody can reach the gateway past the proxies); or
 * networks as CIDRs separated by commas. @throws `api.INVALID_OPTIONS` naming each network that is none.
 */
export function parseTrustProxy(text: string | undefined): TrustProxy {
  const value = text?.trim() ?? ''
  if (value === '' || value === 'none' || value === '0') return { kind: 'none' }
  if (/^([1-9]|10)$/.test(value)) return { kind: 'hops', hops: Number(value) }
  const networks = new BlockList()
  const faults = value.split(',').filter((cidr) => !addNetwork(networks, cidr.trim()))
  if (faults.length === 0) return { kind: 'networks', networks }
  const got = faults.map((cidr) => JSON.stringify(cidr)).join(' and ')
  throw coreErrors.INVALID_OPTIONS({
    subject: 'TRUST_PROXY',
    faults: `it must be 'none', a hop count 1–10, or CIDRs such as 10.0.0.0/8, got ${got}.`,
  })
}

/** The address of the client: the first, from our end of the chain, that no trusted proxy vouches for. */
export function clientAddress(request: IncomingMessage, trust: TrustProxy): string {
  const peer = toPlainAddress(request.socket.remoteAddress ?? '')
  const forwarded = request.headers['x-forwarded-for']
  if (trust.kind === 'none' || typeof forwarded !== 'string') return peer
  const chain = forwarded
    .split(',')
    .slice(-MAX_FORWARDED)
    .map((address) => toPlainAddress(address.trim()))
  return trust.kind === 'hops' ? walkHops(chain, peer, trust.hops) : walkNetworks(chain, peer, trust.networks)
}

/** Counts IPv6 by /64, which is what one customer is given: else an attacker has 2^64 addresses of his own. */
export function limitKeyOfAddress(address: string): string {
  return address.includes(':') ? `${expandIPv6(address).slice(0, 4).join(':')}::/64` : address
}

function walkHops(chain: readonly string[], peer: string, hops: number): string {
  const address = chain[Math.max(0, chain.length - hops)]
  return address !== undefined && isIP(address) !== 0 ? address : peer
}

function walkNetworks(chain: readonly string[], peer: string, networks: BlockList): string {
  let client = peer
  for (const address of chain.toReversed()) {
    if (!isInside(networks, client) || isIP(address) === 0) return client
    client = address
  }
  return client
}

function isInside(networks: BlockList, address: string): boolean {
  return isIP(address) !== 0 && networks.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}

function addNetwork(networks: BlockList, cidr: string): boolean {
  const [address = '', bits] = cidr.split('/')
  const size = isIPv4(address) ? 32 : 128
  const prefix = bits === undefined ? size : Number(bits)
  if (isIP(address) === 0 || !Number.isInteger(prefix) || prefix < 1 || prefix > size) return false
  networks.addSubnet(address, prefix, size === 32 ? 'ipv4' : 'ipv6')
  return true
}

/** `::ffff:10.0.0.1` (IPv4 on a dual-stack socket) is 10.0.0.1. */
function toPlainAddress(address: string): string {
  return address.startsWith('::ffff:') && isIPv4(address.slice(7)) ? address.slice(7) : address
}

function expandIPv6(address: string): string[] {
  const [head = '', tail] = address.split('%')[0]!.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length)
  return [...left, ...Array<string>(zeros).fill('0'), ...right].map((group) => Number.parseInt(group, 16).toString(16))
}

const MAX_FORWARDED = 32
