import { parseOptions, Type } from '../../core/index.ts'
import { GREETING_TIMEOUT_MS } from '../tls-strangers.ts'

/** Figures of the http wire; each side reads its own. */
export interface HttpOptions {
  /** Of a request's or an answer's body. Default 4 MiB. */
  readonly maxBodyBytes?: number
  /** Of all headers of a message, at least 8 KiB. Default 32 KiB: path and query of a proxied request travel in one. */
  readonly maxHeaderBytes?: number
  /** One call a connection: so many calls at once to one process, further ones are refused. Default 1,000. */
  readonly maxConnections?: number
  /** How long a caller keeps a connection that nobody uses. Default 30,000. */
  readonly idleTimeoutMs?: number
  /** How long a service keeps one; must be longer, or calls are sent into closing connections. Default 65,000. */
  readonly keepAliveTimeoutMs?: number
  /** Default 2,000. */
  readonly connectTimeoutMs?: number
  /** Within this long a connection must have greeted in TLS, and the head of a request have come. Default 5,000. */
  readonly greetingTimeoutMs?: number
}

export type HttpSettings = Readonly<Required<HttpOptions>>

const MIB = 2 ** 20
/** A whole request, its body too, must arrive within this. */
export const REQUEST_TIMEOUT_MS = 30_000

const DEFAULTS: HttpSettings = {
  maxBodyBytes: 4 * MIB,
  maxHeaderBytes: 32_768,
  maxConnections: 1_000,
  idleTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  connectTimeoutMs: 2_000,
  greetingTimeoutMs: GREETING_TIMEOUT_MS,
}

const Schema = Type.Object(
  {
    maxBodyBytes: Type.Integer({ minimum: 1, maximum: 256 * MIB }),
    maxHeaderBytes: Type.Integer({ minimum: 8_192, maximum: MIB }),
    maxConnections: Type.Integer({ minimum: 1, maximum: 100_000 }),
    idleTimeoutMs: Type.Integer({ minimum: 1, maximum: 3_600_000 }),
    keepAliveTimeoutMs: Type.Integer({ minimum: 1, maximum: 3_600_000 }),
    connectTimeoutMs: Type.Integer({ minimum: 1, maximum: 60_000 }),
    greetingTimeoutMs: Type.Integer({ minimum: 1, maximum: REQUEST_TIMEOUT_MS }),
  },
  { additionalProperties: false },
)

/** @throws `api.INVALID_OPTIONS` */
export function httpSettings(options: HttpOptions): HttpSettings {
  return parseOptions('The http wire', Schema, { ...DEFAULTS, ...options })
}
