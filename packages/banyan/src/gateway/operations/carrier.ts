import type { FastifyRequest } from 'fastify'
import {
  decodeInput,
  type AccessCheck,
  type Call,
  type EncodedInput,
  type HttpBinding,
  type Operation,
  type Principal,
  type Reply,
  type Wire,
} from '../../contract/index.ts'
import { createBytesReader, createPartsReader } from '../answer/answer-parts.ts'
import type { AttemptGuard } from '../limits/attempt-limits.ts'
import type { CacheHeaders } from '../caching/cache-headers.ts'
import type { Answer } from '../exchange.ts'
import type { OperationCodec } from './operation-codec.ts'
import { createEncodedReader, createFieldReader, takesQuery } from '../request/request-fields.ts'
import { createSuccessWriter, type SuccessScope } from '../answer/success-answer.ts'

export interface CarriedOperation {
  readonly id: string
  readonly operation: Operation & { readonly http: HttpBinding }
  readonly access: AccessCheck
  readonly guard: AttemptGuard | null
  readonly cacheHeaders: CacheHeaders
}

/** A request as a carrier reads it. */
export interface Inbound {
  readonly request: FastifyRequest
  readonly query: Readonly<Record<string, string>>
  readonly principal: Principal
  readonly codec: OperationCodec
}

/** A request that has been read and may be carried out. */
export interface Ready {
  /** As far as this process knows it; the service has the whole. */
  readonly input: unknown
  /** All of it. @throws `api.INVALID_INPUT` for a body that no service would accept. */
  wholeInput(): unknown
  /** @throws what the service refuses with. */
  run(call: Call): Promise<Reply>
  answer(reply: Reply, scope: Omit<SuccessScope, 'codec' | 'input'>): Answer
}

/** How input and answer of one route get to the service and back. @throws what is wrong with the request */
export type Carrier = (inbound: Inbound) => Ready

/** As values: validated here, and carried between the version asked for and the code's own. */
export function createValueCarrier(carried: CarriedOperation, wire: Wire): Carrier {
  const { id, operation, access, cacheHeaders } = carried
  const readFields = createFieldReader(operation.http)
  const rendering = { readParts: createPartsReader(operation), encoding: 'utf8', cacheHeaders } as const
  const writeSuccess = createSuccessWriter(operation, rendering)
  return ({ request, query, principal, codec }) => {
    const input = codec.decode(readFields(request, query))
    access.owner(principal, input)
    return {
      input,
      wholeInput: () => input,
      run: (call) => wire.call(id, input, call),
      answer: (reply, scope) => writeSuccess(reply, { ...scope, codec, input }),
    }
  }
}

/**
 * As bytes, which nobody parses on the way: the body as the client wrote it, and the data as the service wrote them. What is in
 * the address is judged here; a body is judged by the service, as it does anyway, and refused in the same words.
 * `null`: the wire carries no text, or this process must see into the texts itself.
 */
export function createBytesCarrier(carried: CarriedOperation, wire: Wire): Carrier | null {
  const { id, operation, guard, cacheHeaders } = carried
  const { callEncoded } = wire
  if (callEncoded === undefined || !isPassable(operation, guard)) return null
  const read = takesQuery(operation.http) ? readAddress(carried) : readBody(carried)
  const rendering = { readParts: createBytesReader(operation), encoding: 'latin1', cacheHeaders } as const
  const writeSuccess = createSuccessWriter(operation, rendering)
  return (inbound) => {
    const { codec } = inbound
    const encoded = read(inbound)
    return {
      input: encoded.fields,
      wholeInput: () => (encoded.body === null ? encoded.fields : decodeInput(encoded)),
      run: (call) => callEncoded.call(wire, id, encoded, call),
      answer: (reply, scope) => writeSuccess(reply as Reply<Uint8Array>, { ...scope, codec, input: encoded.fields }),
    }
  }
}

/** A `Location` is made of the data, a guard looks at the input, and a raw body is a field of it. */
function isPassable({ http }: CarriedOperation['operation'], guard: AttemptGuard | null): boolean {
  return http.location === null && http.raw === null && guard === null
}

function readAddress({ operation, access }: CarriedOperation): (inbound: Inbound) => EncodedInput {
  const readFields = createFieldReader(operation.http)
  return ({ request, query, principal, codec }) => {
    const fields = codec.decode(readFields(request, query)) as EncodedInput['fields']
    access.owner(principal, fields)
    return { fields, body: null }
  }
}

function readBody({ operation }: CarriedOperation): (inbound: Inbound) => EncodedInput {
  const readEncoded = createEncodedReader(operation.http)
  return ({ request, query, codec }) => {
    const { fields, body } = readEncoded(request, query)
    return { fields: codec.coerce(fields), body }
  }
}
