import { operationId } from '../../../contract/index.ts'
import type { ServiceEndpoint } from '../../service-endpoint.ts'
import type { Welcome } from '../frame/greeting.ts'

/** An operation under the number that it has on the connections of one server. */
export interface NumberedOperation {
  readonly id: string
  readonly kind: 'query' | 'command'
  readonly endpoint: ServiceEndpoint
}

/** Numbers rather than names go with each call; the welcome says which is which. */
export function listOperations(endpoints: readonly ServiceEndpoint[]): readonly NumberedOperation[] {
  return endpoints.flatMap((endpoint) =>
    Object.entries(endpoint.contract.operations).map(([name, { kind }]) => {
      return { id: operationId(endpoint.contract, name), kind, endpoint }
    }),
  )
}

export interface KnownOperation {
  readonly number: number
  readonly isQuery: boolean
}

/** What a caller looks up, by id. */
export function indexOperations({ operations }: Welcome): ReadonlyMap<string, KnownOperation> {
  return new Map(operations.map(({ id, kind }, number) => [id, { number, isQuery: kind === 'query' }]))
}
