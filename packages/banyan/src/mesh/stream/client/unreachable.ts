import type { BanyanError } from '../../../core/index.ts'
import { meshErrors } from '../../mesh-errors.ts'

/** Nothing was sent, because of this. `null`: the peer closed the connection, as it may. */
export function unreachable(address: string, reason: Error | null): BanyanError {
  const fault =
    reason === null ? 'it closed the connection' : ((reason as NodeJS.ErrnoException).code ?? reason.message)
  return meshErrors.UNREACHABLE({ address, fault }, { cause: reason })
}
