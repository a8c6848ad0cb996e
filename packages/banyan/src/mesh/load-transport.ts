import type { Contract } from '../contract/index.ts'
import type { Transport } from './transport.ts'

export type WireName = 'stream' | 'http' | 'grpc'

/** Each is imported only where it is chosen: gRPC's libraries alone take as long to load as the rest of a start. */
export async function loadTransport(name: WireName, contracts: readonly Contract[]): Promise<Transport> {
  switch (name) {
    case 'stream':
      return (await import('./stream/stream-transport.ts')).createStreamTransport()
    case 'http':
      return (await import('./http/http-transport.ts')).createHttpTransport({ contracts })
    case 'grpc':
      return (await import('./grpc/grpc-transport.ts')).createGrpcTransport({ contracts })
  }
}
