import type { Principal } from '../../contract/index.ts'
import { meshErrors } from '../mesh-errors.ts'
import type { CallerIdentity } from './credentials.ts'

/**
 * Whether another process may make a call as this principal. Every wire that crosses a process asks, before the endpoint does.
 *
 * - As a service: only in a name that was proven. Services may act on every user's resources, so a name is power.
 * - As a user or as nobody: only who may act on behalf of others, that is the gateway, which has checked who they are, and services, which
 *   hand on the caller they were given. A service that invents a user gains nothing: in its own name it may do more.
 *
 * @throws `mesh.UNTRUSTED_CALLER`
 */
export function requireClaim({ names, onBehalf }: CallerIdentity, principal: Principal): void {
  if (principal.kind !== 'service') {
    if (!onBehalf) throw untrusted(`${names.join(', ')} may not call on behalf of users`)
  } else if (!names.includes(principal.name)) {
    throw untrusted(`${names.join(', ')} may not call in the name of '${principal.name}'`)
  }
}

function untrusted(fault: string): Error {
  return meshErrors.UNTRUSTED_CALLER({ fault })
}
