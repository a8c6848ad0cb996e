import { parseWireAddress } from '../wire-address.ts'

/** An address as gRPC writes it: `127.0.0.1:4101`, `[::1]:4101`, `unix:/run/orders-1.sock`. @throws `api.INVALID_OPTIONS` */
export function grpcTarget(address: string): string {
  const parsed = parseWireAddress(address)
  if (parsed.kind === 'unix') return `unix:${parsed.path}`
  return `${parsed.host.includes(':') ? `[${parsed.host}]` : parsed.host}:${parsed.port}`
}
