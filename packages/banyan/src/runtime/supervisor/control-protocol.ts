import type { InstanceState } from './instance.ts'

/** One line of JSON each, in either direction; a request a connection. */
export type ControlRequest =
  | { readonly command: 'status' }
  /** `processes` empty: all, the gateway last. */
  | { readonly command: 'rollout'; readonly processes: readonly string[] }

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
