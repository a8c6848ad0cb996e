import { coreErrors } from '../core/index.ts'

/** Where a process listens: a port or a unix socket. */
export type WireAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }

/** Reads `tcp://127.0.0.1:4101`, `tcp://[::1]:4101` or `unix:///run/orders-1.sock`. @throws `api.INVALID_OPTIONS` */
export function parseWireAddress(address: string): WireAddress {
  const unix = /^unix:\/\/(\/.+)$/.exec(address)?.[1]
  if (unix !== undefined) return { kind: 'unix', path: unix }
  const tcp = /^tcp:\/\/(?:\[([0-9a-fA-F:.]+)\]|([^[\]:/]+)):(\d{1,5})$/.exec(address)
  const port = Number(tcp?.[3])
  if (tcp && port <= MAX_PORT) return { kind: 'tcp', host: tcp[1] ?? tcp[2]!, port }
  const faults = `An address must be tcp://host:port or unix:///path, got ${JSON.stringify(address)}.`
  throw coreErrors.INVALID_OPTIONS({ subject: 'The wire', faults })
}

export function formatWireAddress(address: WireAddress): string {
  if (address.kind === 'unix') return `unix://${address.path}`
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `tcp://${host}:${address.port}`
}

const MAX_PORT = 65_535
