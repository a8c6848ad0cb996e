import type { Principal } from 'banyan/contract'

type UserPrincipal = Extract<Principal, { readonly kind: 'user' }>

/** Somebody who logged in; with `scopes`, an API key. */
export function userPrincipal(id: string, more: Partial<UserPrincipal> = {}): UserPrincipal {
  return { kind: 'user', id, role: 'customer', scopes: null, sessionId: null, ...more }
}
