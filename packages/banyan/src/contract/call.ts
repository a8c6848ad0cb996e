import type { Positions } from './frontier.ts'

/** Who asks. Roles and scopes were checked at the edge and are checked again in the service. */
export type Principal =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'user'
      readonly id: string
      readonly role: string
      /** `null`: everything the role may (a session). A list: only these (an API key), e.g. `orders:write`. */
      readonly scopes: readonly string[] | null
      readonly sessionId: string | null
    }
  | { readonly kind: 'service'; readonly name: string }

export const anonymous: Principal = { kind: 'anonymous' }

/** A stable text for keys, limits and logs: `user:42`. */
export function principalId(principal: Principal): string {
  if (principal.kind === 'user') return `user:${principal.id}`
  return principal.kind === 'service' ? `service:${principal.name}` : 'anonymous'
}

/** The saga on whose behalf a step is called. Participants keep the highest fence and refuse lower ones. */
export interface SagaReference {
  readonly id: string
  readonly step: string
  readonly fence: number
}

/** W3C trace context (https://www.w3.org/TR/trace-context/): `00-<traceId>-<spanId>-<flags>`. */
export type TraceParent = string

/** What travels with every call on every wire, beside the input. */
export interface Call {
  readonly principal: Principal
  /** Idempotency key of a command: printable, 1–255 characters. `null` for queries. */
  readonly key: string | null
  /** On the monotonic clock of this process, milliseconds. Shrinks on the way, never grows. */
  readonly deadlineAtMs: number
  readonly signal: AbortSignal
  readonly requestId: string
  readonly traceParent: TraceParent | null
  readonly saga: SagaReference | null
  /** How long a command that starts a saga may wait for its end before it answers `pending`, milliseconds. */
  readonly waitMs: number
  /** The versions that the caller may have seen (`If-Match`), without quotes, separated by spaces; `null`: none named. */
  readonly ifMatch: string | null
  /**
   * What calls have in common that should meet the same instance: at the edge the client's address. Only where a topology
   * balances by it; it stays in this process.
   */
  readonly affinity?: string
  /**
   * What the caller has seen of the logs: a read model that lags behind them is answered from only once it has come so far.
   * Absent: as it is.
   */
  readonly after?: Positions
}

/** What comes back beside the data, on every wire. */
export interface Reply<Data = unknown> {
  readonly data: Data
  /** Versions of all that the answer is made of, joined by dots (`p17.s903`); `null`: hash the bytes. */
  readonly versions: string | null
  /** Time of the data's last change, ISO 8601; `null`: now. */
  readonly changedAt: string | null
  /** The stored answer of an earlier call with this key. */
  readonly replayed: boolean
  /** True while a saga that decides the answer still runs: 202. */
  readonly pending: boolean
}

export function reply<Data>(data: Data, more: Partial<Omit<Reply<Data>, 'data'>> = {}): Reply<Data> {
  return { data, versions: null, changedAt: null, replayed: false, pending: false, ...more }
}

/** An input before it is put together: no part of it has been validated. */
export interface EncodedInput {
  /** Fields of the path and the query, as the operation types them; the body may repeat none of them. */
  readonly fields: Readonly<Record<string, unknown>>
  /** The request body as the client wrote it, JSON in UTF-8; `null`: none. */
  readonly body: Uint8Array | null
}

/** What a wire needs to reach a service: the whole of a transport. */
export interface Wire {
  /** @throws BanyanError: one that the operation declares, or one of `coreErrors`. */
  call(operationId: string, input: unknown, call: Call): Promise<Reply>
  /**
   * The same for whoever only hands the texts on: neither the body nor the answer's data (JSON in UTF-8) is parsed on the
   * way. Absent on wires that carry no text.
   */
  callEncoded?(operationId: string, input: EncodedInput, call: Call): Promise<Reply<Uint8Array>>
}
