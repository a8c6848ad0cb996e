import { parseOptions, Type } from '../../core/index.ts'

/** Figures of the grpc wire; each side reads its own. */
export interface GrpcOptions {
  /** Of a request or an answer. Default 4 MiB. */
  readonly maxMessageBytes?: number
  /** Calls at once to one process; further ones are refused. Default 1,000. */
  readonly maxCalls?: number
  /** How often a quiet connection is asked whether it is alive. Default 10,000. */
  readonly keepAliveMs?: number
  /** How long the answer to that may take before the connection counts as lost. Default 3,000. */
  readonly keepAliveTimeoutMs?: number
  /** Whether `grpc.reflection.v1` tells who asks which services there are. Default true. */
  readonly reflection?: boolean
}

export type GrpcSettings = Readonly<Required<GrpcOptions>>

const MIB = 2 ** 20

const DEFAULTS: GrpcSettings = {
  maxMessageBytes: 4 * MIB,
  maxCalls: 1_000,
  keepAliveMs: 10_000,
  keepAliveTimeoutMs: 3_000,
  reflection: true,
}

const Schema = Type.Object(
  {
    maxMessageBytes: Type.Integer({ minimum: 1, maximum: 256 * MIB }),
    maxCalls: Type.Integer({ minimum: 1, maximum: 100_000 }),
    keepAliveMs: Type.Integer({ minimum: 100, maximum: 3_600_000 }),
    keepAliveTimeoutMs: Type.Integer({ minimum: 1, maximum: 60_000 }),
    reflection: Type.Boolean(),
  },
  { additionalProperties: false },
)

/** @throws `api.INVALID_OPTIONS` */
export function grpcSettings(options: GrpcOptions): GrpcSettings {
  return parseOptions('The grpc wire', Schema, { ...DEFAULTS, ...options })
}
