import { operationId, type Contract } from '../../contract/index.ts'

/** Tells queries: what may be sent again although an earlier attempt may have been carried out. */
export function safeOperations(contracts: readonly Contract[]): (operationId: string) => boolean {
  const queries = contracts.flatMap((contract) =>
    Object.entries(contract.operations).flatMap(([name, { kind }]) =>
      kind === 'query' ? [operationId(contract, name)] : [],
    ),
  )
  const known = new Set(queries)
  return (id) => known.has(id)
}
