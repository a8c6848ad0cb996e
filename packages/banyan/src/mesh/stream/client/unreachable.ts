import type { BanyanError } from '../../../core/index.ts'
import { faultOf } from '../../fault-of.ts'
import { meshErrors } from '../../mesh-errors.ts'

/** Nothing was sent, because of this. `null`: the peer closed the connection, as it may. */
export function unreachable(address: string, reason: Error | null): BanyanError {
  const fault = reason === null ? 'it closed the connection' : faultOf(reason)
  return meshErrors.UNREACHABLE({ address, fault }, { cause: reason })
}
