import { coreErrors } from '../core/index.ts'
import type { Principal } from './call.ts'
import type { Operation } from './definition/contract.ts'

/** Who may call one operation, in two steps: the second needs an input that has been validated. */
export interface AccessCheck {
  /** Before the input is judged: what a stranger may not call tells him nothing about its fields. */
  caller(principal: Principal): void
  /** Whose resource it is. */
  owner(principal: Principal, input: unknown): void
}

type Checked = Pick<Operation, 'access' | 'kind'>

/**
 * The check of `access`, made at the gateway and again in the service. Services may call everything but what is internal from others.
 * - `caller` throws `api.UNAUTHENTICATED` for nobody, `api.FORBIDDEN` for an API key without the scope
 *   `<service>:read` (queries) or `<service>:write` (commands), and for anybody else than the services named where access is internal.
 * - `owner` throws `api.NOT_FOUND` for someone else's resource, `api.FORBIDDEN` for a missing role.
 */
export function createAccessCheck(service: string, { access, kind }: Checked): AccessCheck {
  if (access.kind === 'anyone') return { caller: pass, owner: pass }
  if (access.kind === 'internal') return { caller: (principal) => requireService(principal, access), owner: pass }
  const scope = `${service}:${kind === 'query' ? 'read' : 'write'}`
  return {
    caller: (principal) => requireScope(principal, scope),
    owner: (principal, input) => requireOwnerOrRole(principal, access, input),
  }
}

function pass(): void {}

function requireService(principal: Principal, { callers }: InternalAccess): void {
  if (principal.kind !== 'service') throw coreErrors.FORBIDDEN({ needed: 'to be one of our own services' })
  if (callers === null || callers.includes(principal.name)) return
  throw coreErrors.FORBIDDEN({ needed: `to be ${callers.join(' or ')}, not ${principal.name}` })
}

type InternalAccess = Extract<Operation['access'], { kind: 'internal' }>

function requireScope(principal: Principal, scope: string): void {
  if (principal.kind === 'service') return
  if (principal.kind === 'anonymous') throw coreErrors.UNAUTHENTICATED()
  if (principal.scopes && !principal.scopes.includes(scope))
    throw coreErrors.FORBIDDEN({ needed: `the scope ${scope}` })
}

type UserAccess = Extract<Operation['access'], { kind: 'user' }>

function requireOwnerOrRole(principal: Principal, { owner, roles }: UserAccess, input: unknown): void {
  if (principal.kind === 'service') return
  if (principal.kind === 'anonymous') throw coreErrors.UNAUTHENTICATED()
  if (owner && owner(input as never) === principal.id) return
  if (roles.includes(principal.role) || (!owner && roles.length === 0)) return
  throw owner ? coreErrors.NOT_FOUND() : coreErrors.FORBIDDEN({ needed: `the role ${roles.join(' or ')}` })
}
