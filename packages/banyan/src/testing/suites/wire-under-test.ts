import type { Frontier, Wire } from '../../contract/index.ts'
import type { InstanceWire, ServiceEndpoint } from '../../mesh/index.ts'

/** One wire to test: serves the endpoint and reaches it. */
export interface WireUnderTest {
  readonly wire: Wire & Partial<Pick<InstanceWire, 'probe'>>
  /** Larger messages it refuses; absent: none is too large. */
  readonly maxMessageBytes?: number
  stop(): Promise<void>
}

/** What each side knows of the logs; one that both share where there is one process. */
export interface Frontiers {
  readonly service: Frontier
  readonly caller: Frontier
}

/** The release of each side; `null`: of both the same. */
export interface Releases {
  readonly caller: string
  readonly service: string
}

export type StartWire = (
  endpoint: ServiceEndpoint,
  sides: { readonly frontiers: Frontiers; readonly releases: Releases | null },
) => Promise<WireUnderTest>
