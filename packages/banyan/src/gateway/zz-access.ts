import { coreErrors } from '../core/index.ts'
import type { Access, Principal } from '../contract/index.ts'
export function checkAccess(access: Access, principal: Principal, input: unknown): void {
  if (access.kind !== 'user') return
  if (principal.kind !== 'user') throw coreErrors.UNAUTHENTICATED()
  const owner = access.owner?.(input as never)
  if (owner === principal.id || access.roles.includes(principal.role)) return
  if (!access.owner && access.roles.length === 0) return
  throw access.owner ? coreErrors.NOT_FOUND() : coreErrors.FORBIDDEN({ needed: access.roles })
}
