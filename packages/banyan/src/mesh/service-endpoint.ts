import {
  createNewestChange,
  createSerializer,
  decodeInput,
  operationId,
  type Call,
  type Contract,
  type EncodedInput,
  type InputOf,
  type Operation,
  type OutputOf,
  type Reply,
  type Serializer,
} from '../contract/index.ts'
import { coreErrors, type BanyanError, type Clock } from '../core/index.ts'
import type { Logger } from '../observe/index.ts'
import { requireShort } from './beside-data.ts'
import { createCallRunner, type Run } from './call-runner.ts'
import { createCallWatch } from './call-watch.ts'
import { createFailureMapper, type FailureMapper } from './caller-error.ts'
import { meshErrors } from './mesh-errors.ts'
import { compose, type CallHandler, type Middleware } from './middleware.ts'

/** What carries out each operation of a contract; the compiler names the one that is missing. */
export type RunningOperations<C extends Contract> = {
  readonly [Name in keyof C['operations']]: (
    input: InputOf<C['operations'][Name]>,
    call: Call,
  ) => Promise<Reply<OutputOf<C['operations'][Name]>>>
}

export interface ServiceEndpointOptions<C extends Contract> {
  readonly contract: C
  readonly operations: RunningOperations<C>
  readonly clock: Clock
  readonly logger: Logger
  /** Around every call, the first outermost; they see refused calls too. Default none. */
  readonly middleware?: readonly Middleware[]
  /** Calls that may run at once; further ones are refused with `api.OVERLOADED`. Default 10,000. */
  readonly maxInFlight?: number
}

/**
 * Where every wire hands in the calls of one service. It enforces what all wires promise alike: a valid input, the access
 * check once more, the deadline, cancellation, that only declared errors leave, and that what stands beside the data of an answer is
 * short.
 */
export interface ServiceEndpoint {
  readonly contract: Contract
  /** @throws BanyanError: declared by the operation, or one of the platform's. */
  call(operationId: string, input: unknown, call: Call): Promise<Reply>
  /** The same for wires that carry text: the body is parsed here, the data serialised as the contract says. */
  callEncoded(operationId: string, input: EncodedInput, call: Call): Promise<Reply<string>>
  inFlight(): number
}

const DEFAULT_MAX_IN_FLIGHT = 10_000

/** @throws `api.INVALID_OPTIONS` when an operation of the contract has nothing that carries it out. */
export function createServiceEndpoint<C extends Contract>(options: ServiceEndpointOptions<C>): ServiceEndpoint {
  const { contract, clock } = options
  const load = { inFlight: 0, max: options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT }
  const watch = createCallWatch(clock)
  const routes = new Map<string, CallRoute>()
  for (const [name, operation] of Object.entries(contract.operations)) {
    const id = operationId(contract, name)
    const run = runningOperation(options, name)
    const fail = createFailureMapper({ id, operation, logger: options.logger })
    const handler = createCallRunner({ service: contract.name, operation, run, fail, load, watch, clock })
    const handle = compose(options.middleware ?? [], handler)
    routes.set(id, {
      id,
      operation,
      handle,
      fail,
      serialize: createSerializer(operation.output),
      changeOf: changeReader(operation),
    })
  }
  return {
    contract,
    call(id, input, call) {
      const route = routes.get(id)
      if (!route) return Promise.reject(unknownOperation(contract, id))
      return route.handle({ id, operation: route.operation, input, call })
    },
    callEncoded(id, input, call) {
      const route = routes.get(id)
      if (!route) return Promise.reject(unknownOperation(contract, id))
      return callAsText(route, input, call)
    },
    inFlight: () => load.inFlight,
  }
}

interface CallRoute {
  readonly id: string
  readonly operation: Operation
  readonly handle: CallHandler
  readonly fail: FailureMapper
  readonly serialize: Serializer
  /** When what is answered last changed: whoever only hands the text on cannot tell. */
  readonly changeOf: (reply: Reply) => string | null
}

function changeReader({ kind, output }: Operation): (reply: Reply) => string | null {
  if (kind === 'command') return ({ changedAt }) => changedAt
  const newestChange = createNewestChange(output)
  return ({ changedAt, data }) => changedAt ?? newestChange(data)
}

async function callAsText(route: CallRoute, encoded: EncodedInput, call: Call): Promise<Reply<string>> {
  const { id, operation, handle, fail, serialize, changeOf } = route
  const reply = await handle({ id, operation, input: decodeInput(encoded), call })
  try {
    const text = { ...reply, changedAt: changeOf(reply), data: serialize(reply.data) }
    requireShort(operation, text)
    return text
  } catch (error) {
    throw fail(error, call.requestId)
  }
}

function runningOperation<C extends Contract>(options: ServiceEndpointOptions<C>, name: string): Run {
  const run = options.operations[name as keyof C['operations']] as Run | undefined
  if (run) return run
  const subject = `The endpoint of '${options.contract.name}'`
  throw coreErrors.INVALID_OPTIONS({
    subject,
    faults: `Option 'operations.${name}' is missing. Add what carries it out.`,
  })
}

function unknownOperation({ name }: Contract, id: string): BanyanError {
  return meshErrors.UNKNOWN_OPERATION({ service: name, operation: id })
}
