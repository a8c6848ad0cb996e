import type { Contract, ProtoLock } from '../contract/index.ts'
import { coreErrors } from '../core/index.ts'
import type { Transport } from './transport.ts'

export type WireName = 'stream' | 'http' | 'grpc'

export interface TransportApp {
  /** Of every service: they say which calls are safe to repeat, and how messages look that are not JSON. */
  readonly contracts: readonly Contract[]
  /** Version of the app: of two majors neither calls the other. */
  readonly release: string
  /** Numbers of the fields of gRPC messages, for ever the same. */
  readonly protoLock?: ProtoLock
}

/** Each is imported only where it is chosen: gRPC's libraries alone take as long to load as the rest of a start. */
export async function loadTransport(
  name: WireName,
  { contracts, release, protoLock }: TransportApp,
): Promise<Transport> {
  switch (name) {
    case 'stream':
      return (await import('./stream/stream-transport.ts')).createStreamTransport({ release })
    case 'http':
      return (await import('./http/http-transport.ts')).createHttpTransport({ contracts, release })
    case 'grpc':
      return (await import('./grpc/grpc-transport.ts')).createGrpcTransport({
        contracts,
        release,
        lock: protoLock ?? missingLock(),
      })
  }
}

function missingLock(): never {
  const faults =
    "The wire 'grpc' needs the numbers of all fields. Run `banyan proto`, and give its lock file to defineApp as `protoLock`."
  throw coreErrors.INVALID_OPTIONS({ subject: 'The topology', faults })
}
