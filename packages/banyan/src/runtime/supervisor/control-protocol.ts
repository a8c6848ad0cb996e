import type { Static } from 'typebox'
import { coreErrors, parseOptions, Type } from '../../core/index.ts'
import type { InstanceState } from './instance.ts'

const closed = { additionalProperties: false }
const requests = {
  status: Type.Object({ command: Type.Literal('status') }, closed),
  /** `processes` empty: all, the gateway last. */
  rollout: Type.Object({ command: Type.Literal('rollout'), processes: Type.Array(Type.String()) }, closed),
}
const Command = Type.Object({ command: Type.Enum(['status', 'rollout']) })

/** One line of JSON each, in either direction; a request a connection. */
export type ControlRequest = Static<(typeof requests)[keyof typeof requests]>

/** @throws `api.INVALID_OPTIONS` naming what was sent and which commands there are. */
export function parseControlRequest(line: string): ControlRequest {
  const value = parseJson(line)
  const { command } = parseOptions('The supervisor', Command, value)
  return parseOptions('The supervisor', requests[command], value)
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    throw noRequest() // what exactly is wrong with the text is for its author to see
  }
}

export function noRequest(): Error {
  return coreErrors.INVALID_OPTIONS({ subject: 'The supervisor', faults: 'A request is one line of JSON.' })
}

export type ControlAnswer =
  | { readonly kind: 'progress'; readonly text: string }
  | { readonly kind: 'status'; readonly status: FleetStatus }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly message: string; readonly isUsage: boolean }

export interface FleetStatus {
  readonly topology: string
  readonly processId: number
  readonly instances: readonly InstanceStatus[]
}

export interface InstanceStatus {
  readonly id: string
  readonly process: string
  readonly services: readonly string[]
  readonly gateway: boolean
  readonly state: InstanceState
  readonly processId: number | null
  readonly restarts: number
  /** Of the code that it runs; `null`: it is not ready. */
  readonly version: string | null
  readonly address: string | null
  /** Where its `/health/ready` and `/metrics` are; `null`: it is not ready. */
  readonly health: string | null
  /** ISO 8601: since when it has been in this state. */
  readonly since: string
}

export const MAX_LINE_BYTES = 65_536
