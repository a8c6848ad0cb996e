import type { Static } from 'typebox'
import { parseOptions, Type } from '../core/index.ts'

const count = (minimum: number, maximum: number, fallback: number) =>
  Type.Optional(Type.Integer({ minimum, maximum, default: fallback }))

/** The gateway's numbers, each with its default. Bytes and milliseconds as the names say. */
const GatewaySettings = Type.Object(
  {
    /** Requests per second and client; 0: no limit. */
    rateLimitPerSecond: count(0, 1_000_000, 1_000),
    maxBodyBytes: count(1, 64 * 1_048_576, 262_144),
    maxUrlBytes: count(256, 65_536, 8_192),
    maxHeaderBytes: count(1_024, 262_144, 32_768),
    /** Requests under way; further ones get 503. */
    maxInFlight: count(1, 1_000_000, 10_000),
    /** Open sockets; further ones are not accepted. */
    maxConnections: count(1, 1_000_000, 20_000),
    /** For a request to arrive whole. */
    requestTimeoutMs: count(100, 600_000, 30_000),
    headersTimeoutMs: count(100, 600_000, 10_000),
    /** Longer than that of the balancer before it (usually 60 s), else requests are sent into closing sockets. */
    keepAliveTimeoutMs: count(0, 600_000, 72_000),
    /** A socket on which nothing moves is closed, also that of a client which does not read its answer. */
    idleTimeoutMs: count(1_000, 3_600_000, 120_000),
    /** How long a stopping gateway still serves while it says that it is not ready. */
    drainDelayMs: count(0, 600_000, 2_000),
    /** How long requests under way may take after that. */
    drainTimeoutMs: count(0, 600_000, 10_000),
    slowMs: count(1, 600_000, 1_000),
    /** One request in so many is logged; 0: none. */
    logOneIn: count(0, 1_000_000, 1_000),
  },
  { additionalProperties: false },
)

export type GatewaySettings = Readonly<Required<Static<typeof GatewaySettings>>>

/** @throws `api.INVALID_OPTIONS` naming each setting out of its bounds and each unknown one. */
export function parseGatewaySettings(given: Partial<GatewaySettings>): GatewaySettings {
  return { ...DEFAULTS, ...parseOptions('The gateway', GatewaySettings, given) }
}

const DEFAULTS = Object.fromEntries(
  Object.entries(GatewaySettings.properties).map(([name, schema]) => [
    name,
    (schema as unknown as { readonly default: number }).default,
  ]),
) as unknown as GatewaySettings
