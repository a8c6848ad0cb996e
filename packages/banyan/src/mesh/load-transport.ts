import type { Contract } from '../contract/index.ts'
import type { Transport } from './transport.ts'

export type WireName = 'stream' | 'http' | 'grpc'

export interface TransportApp {
  /** Of every service: they say which calls are safe to repeat, and how messages look that are not JSON. */
  readonly contracts: readonly Contract[]
  /** Version of the app, for logs and refusals. */
  readonly release: string
}

/** Each is imported only where it is chosen: gRPC's libraries alone take as long to load as the rest of a start. */
export async function loadTransport(name: WireName, { contracts, release }: TransportApp): Promise<Transport> {
  switch (name) {
    case 'stream':
      return (await import('./stream/stream-transport.ts')).createStreamTransport({ release })
    case 'http':
      return (await import('./http/http-transport.ts')).createHttpTransport({ contracts })
    case 'grpc':
      return (await import('./grpc/grpc-transport.ts')).createGrpcTransport({ contracts })
  }
}
