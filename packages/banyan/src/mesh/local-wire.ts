import type { Wire } from '../contract/index.ts'
import type { Clock } from '../core/index.ts'
import { meshErrors } from './mesh-errors.ts'
import { createEncodedCall } from './encoded-call.ts'
import type { ServiceEndpoint } from './service-endpoint.ts'

export interface LocalWireOptions {
  readonly clock: Clock
  /**
   * Carries input, call, reply and error as JSON text, both ways, and checks outputs against the contract, so that nothing
   * comes to rely on shared memory. For tests: costs what the texts cost. Default false.
   */
  readonly encode?: boolean
  readonly endpoints?: readonly ServiceEndpoint[]
}

export interface LocalWire extends Wire {
  /** Services need the wire before they exist; a call to one that is not served yet is refused as safe to retry. */
  serve(endpoint: ServiceEndpoint): void
}

/** The wire inside one process. */
export function createLocalWire({ clock, encode = false, endpoints = [] }: LocalWireOptions): LocalWire {
  const byService = new Map<string, ServiceEndpoint['call']>()

  function serve(endpoint: ServiceEndpoint): void {
    byService.set(endpoint.contract.name, encode ? createEncodedCall(endpoint, clock) : endpoint.call)
  }

  for (const endpoint of endpoints) serve(endpoint)
  return {
    serve,
    call(operationId, input, call) {
      const service = operationId.slice(0, operationId.indexOf('.'))
      const callEndpoint = byService.get(service)
      if (!callEndpoint) return Promise.reject(meshErrors.NO_ENDPOINT({ service }))
      return callEndpoint(operationId, input, call)
    },
  }
}
