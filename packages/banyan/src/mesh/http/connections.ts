import type { Agent, RequestOptions } from 'node:http'
import { Agent as SecureAgent } from 'node:https'
import { nodeHttp } from '../../core/index.ts'
import type { TlsMaterial } from '../identity/credentials.ts'
import { requireCertified } from '../identity/certificate-names.ts'
import type { WireAddress } from '../wire-address.ts'
import type { HttpSettings } from './http-options.ts'

export interface ConnectionsOptions {
  readonly address: WireAddress
  readonly settings: HttpSettings
  readonly tls: TlsMaterial | null
}

/** The connections to one process. */
export interface Connections {
  /** What a request on a kept connection needs. On TLS each service has its own: its name is in the certificate. */
  kept(service: string | null): RequestOptions
  /** The same on a connection that no request has used. */
  fresh(service: string | null): RequestOptions
  close(): void
}

export function createConnections({ address, settings, tls }: ConnectionsOptions): Connections {
  const place: RequestOptions =
    address.kind === 'unix'
      ? { socketPath: address.path, headers: {}, setHost: true }
      : { host: address.host, port: address.port }
  const agents = new Map<string | null, Agent>()

  function kept(service: string | null): RequestOptions {
    const owner = tls ? service : null
    let agent = agents.get(owner)
    if (!agent) {
      agent = createAgent(owner)
      agents.set(owner, agent)
    }
    return { ...place, agent, protocol: tls ? 'https:' : 'http:' }
  }

  function createAgent(service: string | null): Agent {
    const { maxConnections, idleTimeoutMs } = settings
    // Last in, first out: what is used stays warm, what is not used ages and is closed by this side.
    const shared = {
      keepAlive: true,
      maxFreeSockets: maxConnections,
      timeout: idleTimeoutMs,
      scheduling: 'lifo',
    } as const
    return tls ? new SecureAgent({ ...shared, ...secure(tls, service) }) : new nodeHttp.Agent(shared)
  }

  return {
    kept,
    fresh(service) {
      const agent = tls ? new SecureAgent({ ...secure(tls, service) }) : new nodeHttp.Agent()
      return { ...kept(service), agent }
    },
    close() {
      for (const agent of agents.values()) agent.destroy()
    },
  }
}

/** A process is known by the names of its services, not by the host it happens to run on. */
function secure({ cert, key, ca }: TlsMaterial, service: string | null) {
  return {
    cert,
    key,
    ca,
    servername: '',
    checkServerIdentity: (_host: string, certificate: Parameters<typeof requireCertified>[1]) =>
      faultOf(() => requireCertified(service === null ? [] : [service], certificate)),
  }
}

function faultOf(check: () => void): Error | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    return error as Error
  }
}
