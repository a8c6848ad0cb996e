import type { TSchema } from 'typebox'
import { Compile } from 'typebox/schema'
import { errorFromJson, listFaults, operationId, type Reply } from '../contract/index.ts'
import { isDeclared, type Clock, type ErrorJson } from '../core/index.ts'
import { callFromJson, callToJson, type CallJson } from './call-json.ts'
import type { ServiceEndpoint } from './service-endpoint.ts'

/** Calls an endpoint in this process as another process would: everything crosses as JSON text. */
export function createEncodedCall(endpoint: ServiceEndpoint, clock: Clock): ServiceEndpoint['call'] {
  const assertOutput = createOutputAssertion(endpoint)
  return async (id, input, call) => {
    const request = JSON.stringify({ input, call: callToJson(call, clock) })
    const answer = await answerTo({ endpoint, clock, assertOutput }, id, { request, signal: call.signal })
    const { reply, error, replayed } = JSON.parse(answer) as Answer
    if (reply) return reply
    throw errorFromJson(error, { replayed })
  }
}

interface Answer {
  readonly reply?: Reply
  readonly error?: ErrorJson
  readonly replayed?: boolean
}

interface FarSide {
  readonly endpoint: ServiceEndpoint
  readonly clock: Clock
  readonly assertOutput: (id: string, data: unknown) => void
}

async function answerTo(
  { endpoint, clock, assertOutput }: FarSide,
  id: string,
  { request, signal }: { readonly request: string; readonly signal: AbortSignal },
): Promise<string> {
  const { input, call } = JSON.parse(request) as { input?: unknown; call: CallJson }
  // A cancellation crosses as a message, so the far side has a signal of its own.
  const abort = new AbortController()
  const cancel = () => abort.abort()
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  try {
    const reply = await endpoint.call(id, input, callFromJson(call, clock, abort.signal))
    assertOutput(id, reply.data)
    return JSON.stringify({ reply } satisfies Answer)
  } catch (error) {
    if (!isDeclared(error)) throw error
    return JSON.stringify({ error: error.toJSON(), replayed: error.replayed } satisfies Answer)
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

/** Other wires leave out what the contract does not name; here such a field is a fault, so that tests find it. */
function createOutputAssertion({ contract }: ServiceEndpoint): (id: string, data: unknown) => void {
  const checks = new Map(
    Object.entries(contract.operations).map(([name, { output }]) => [
      operationId(contract, name),
      lazyAssertion(output),
    ]),
  )
  return (id, data) => checks.get(id)?.(id, data)
}

function lazyAssertion(output: TSchema): (id: string, data: unknown) => void {
  let validator: { Check(value: unknown): boolean } | null = null
  return (id, data) => {
    validator ??= Compile(output)
    if (validator.Check(data)) return
    throw new TypeError(`${id} answered what its contract does not allow: ${JSON.stringify(listFaults(output, data))}`)
  }
}
