import type { Call, Reply, Wire } from './call.ts'
import { operationId, type Contract, type InputOf, type OutputOf } from './definition/contract.ts'
import { createCall, type CallOptions } from './create-call.ts'

/** What may differ from the client's defaults; or a whole call, e.g. from `childCall`. */
export type ClientCallOptions = CallOptions | Call

export interface ClientOperation<Input, Output> {
  /** @throws BanyanError: one that the operation declares, or one of the platform's. */
  (input: Input, options?: ClientCallOptions): Promise<Output>
  /** The whole reply: versions, replayed, pending. */
  reply(input: Input, options?: ClientCallOptions): Promise<Reply<Output>>
}

/** A contract's operations as functions: `client.getProduct({ productId })`. */
export type Client<C extends Contract> = {
  readonly [Name in keyof C['operations']]: ClientOperation<
    InputOf<C['operations'][Name]>,
    OutputOf<C['operations'][Name]>
  >
}

/** Calls a service by its contract over any wire. The defaults of each call are those of `createCall`. */
export function createClient<C extends Contract>(contract: C, wire: Wire, defaults: CallOptions = {}): Client<C> {
  const operations = Object.entries(contract.operations).map(([name, { kind }]) => {
    const id = operationId(contract, name)
    const callDefaults = kind === 'query' ? { key: null, ...defaults } : defaults
    const reply = (input: unknown, options: ClientCallOptions = {}) =>
      wire.call(id, input, isCall(options) ? options : createCall({ ...callDefaults, ...options }))
    const operation = async (input: unknown, options?: ClientCallOptions) => (await reply(input, options)).data
    return [name, Object.assign(operation, { reply })]
  })
  return Object.freeze(Object.fromEntries(operations)) as Client<C>
}

function isCall(options: ClientCallOptions): options is Call {
  return 'deadlineAtMs' in options
}
