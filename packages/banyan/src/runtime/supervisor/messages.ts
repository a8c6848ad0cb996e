import type { Instance } from '../../mesh/index.ts'

/** From the supervisor to a process of its. A process that it wants to end gets SIGTERM, once. */
export type ToProcess =
  /** Once, first: what it may know beside its environment. Not in the environment, which others of this user can read. */
  | { readonly kind: 'settings'; readonly settings: Readonly<Record<string, string>> }
  /** The whole list of living instances, by service. */
  | { readonly kind: 'instances'; readonly services: InstanceLists }
  /** Another instance has taken its place; SIGTERM follows. */
  | { readonly kind: 'replaced' }
  /** Comes with the handle of the socket that gateways accept from. */
  | { readonly kind: 'socket' }

/** From a process to its supervisor. */
export type FromProcess =
  | {
      readonly kind: 'ready'
      /** Where its services are reached; `null`: it has none. */
      readonly address: string | null
      /** Of the gateway; `null`: it has none. */
      readonly url: string | null
      /** Of its health and metrics. */
      readonly health: string | null
      readonly version: string
      readonly notes: readonly string[]
    }
  /** It ends now, and a further start would end the same way. */
  | { readonly kind: 'failed'; readonly message: string; readonly isUsage: boolean }

export type InstanceLists = Readonly<Record<string, readonly Instance[]>>

/** The environment variable that tells a process that it has a supervisor; its value is the supervisor's process id. */
export const SUPERVISED = 'BANYAN_SUPERVISOR'
