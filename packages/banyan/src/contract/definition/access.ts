/**
 * Who may call an operation. Checked at the gateway and again in the service.
 *
 * - `anyone`: no log-in needed.
 * - `user`: a logged-in user who owns the resource (`owner` says whose it is, from the input alone, because ids
 *   carry their user) or holds one of `roles`. A user who is neither gets 404 where there is an owner, else 403.
 * - `internal`: other services and sagas only; never routed by the gateway. `internalFrom` names which.
 */
export type Access =
  | { readonly kind: 'anyone' }
  | {
      readonly kind: 'user'
      /** The user id that owns the resource; `null`: the input names no valid resource. Takes the operation's input. */
      readonly owner: ((input: never) => string | null) | null
      /** Empty, and no owner: any logged-in user. */
      readonly roles: readonly string[]
    }
  | {
      readonly kind: 'internal'
      /** Names in which it may be called; `null`: any service of ours. */
      readonly callers: readonly string[] | null
    }

export const anyone: Access = { kind: 'anyone' }
export const internal: Access = { kind: 'internal', callers: null }

/** For these callers only: services, `gateway`, or tools such as `audit`. What moves money or stock should say whose business it is. */
export function internalFrom(...callers: readonly string[]): Access {
  return { kind: 'internal', callers }
}

/**
 * The fields that an owner is found in. TypeScript cannot infer them from a sibling property through a nested call
 * (tried: the lambda's parameter becomes `unknown`), so `defineContract` checks instead that `owner` reads only
 * fields that the input has.
 */
// eslint-disable-next-line typescript/no-explicit-any
export type OwnerFields = Readonly<Record<string, any>>

export interface UserAccessOptions {
  readonly owner?: (input: OwnerFields) => string | null
  readonly roles?: readonly string[]
}

/** A logged-in user: the owner, or one with one of the roles; with neither option, any logged-in user. */
export function user(options: UserAccessOptions = {}): Access {
  return { kind: 'user', owner: options.owner ?? null, roles: options.roles ?? [] }
}
