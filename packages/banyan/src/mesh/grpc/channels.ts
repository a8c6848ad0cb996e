import { ChannelCredentials, Client, type ClientOptions, type connectivityState } from '@grpc/grpc-js'
import { requireCertified } from '../identity/certificate-names.ts'
import type { TlsMaterial } from '../identity/credentials.ts'
import type { GrpcSettings } from './grpc-options.ts'
import { grpcTarget } from './grpc-target.ts'

export interface ChannelsOptions {
  readonly address: string
  readonly settings: GrpcSettings
  readonly tls: TlsMaterial | null
}

/** The connections to one process: one for all its services; on TLS one each, because each is known by its own name. */
export interface Channels {
  /** @param service Whose name the certificate must carry; `null`: any of this authority. */
  of(service: string | null): Client
  /** Of whichever was used last; `null`: none was. */
  state(): connectivityState | null
  close(): void
}

export function createChannels({ address, settings, tls }: ChannelsOptions): Channels {
  const clients = new Map<string | null, Client>()
  let last: Client | null = null
  return {
    of(service) {
      const owner = tls ? service : null
      let client = clients.get(owner)
      if (!client) {
        client = new Client(grpcTarget(address), channelCredentials(tls, owner), {
          ...clientOptions(settings),
          // An address is no server name (RFC 6066); the certificate is checked below.
          ...(tls && { 'grpc.ssl_target_name_override': owner ?? 'any' }),
        })
        clients.set(owner, client)
      }
      last = client
      return client
    },
    state: () => last?.getChannel().getConnectivityState(false) ?? null,
    close() {
      for (const client of clients.values()) client.close()
    },
  }
}

function clientOptions({ maxMessageBytes, keepAliveMs, keepAliveTimeoutMs }: GrpcSettings): ClientOptions {
  return {
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': -1,
    'grpc.keepalive_time_ms': keepAliveMs,
    'grpc.keepalive_timeout_ms': keepAliveTimeoutMs,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1_000,
    // Retries are the resilience layer's, within its budget; what the server has provably not seen gRPC repeats regardless.
    'grpc.enable_retries': 0,
    'grpc.service_config_disable_resolution': 1,
    // Connections are this wire's own, so that stopping it closes them.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_http_proxy': 0,
  }
}

function channelCredentials(tls: TlsMaterial | null, service: string | null): ChannelCredentials {
  if (!tls) return ChannelCredentials.createInsecure()
  const [ca, key, cert] = [tls.ca, tls.key, tls.cert].map((pem) => Buffer.from(pem))
  return ChannelCredentials.createSsl(ca, key, cert, {
    // A process is known by the names of its services, not by the host it happens to run on.
    checkServerIdentity(_host, certificate) {
      try {
        requireCertified(service === null ? [] : [service], certificate)
        return undefined
      } catch (error) {
        return error as Error
      }
    },
  })
}
