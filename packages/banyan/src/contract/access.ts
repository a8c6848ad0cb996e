/**
 * Who may call an operation. Checked at the gateway and again in the service.
 *
 * - `anyone`: no log-in needed.
 * - `user`: a logged-in user who owns the resource (`owner` says whose it is, from the input alone, because ids
 *   carry their user) or holds one of `roles`. A user who is neither gets 404 where there is an owner, else 403.
 * - `internal`: other services and sagas only; never routed by the gateway.
 */
export type Access<Input = never> =
  | { readonly kind: 'anyone' }
  | {
      readonly kind: 'user'
      /** The user id that owns the resource; `null`: the input names no valid resource. */
      readonly owner: ((input: Input) => string | null) | null
      readonly roles: readonly string[]
    }
  | { readonly kind: 'internal' }

export const anyone: Access = { kind: 'anyone' }
export const internal: Access = { kind: 'internal' }
