import type { Urgency } from '../../contract/index.ts'
import type { OperationCall } from '../middleware.ts'

/** How urgent a call is; the lowest is refused first. */
export const URGENCY = {
  /** Commands of users: nothing has been begun yet, and they may come again. */
  newWork: 0,
  /** Queries of users. */
  read: 1,
  /** Steps of sagas, and what other services ask for while they carry out what was let in. */
  begun: 2,
} as const satisfies Record<Urgency, number>

export type UrgencyRank = (typeof URGENCY)[Urgency]

/** What a saga or a service asks for: others wait for it. */
export function isBegun({ call }: OperationCall): boolean {
  return call.saga !== null || call.principal.kind === 'service'
}

export function urgencyOf(request: OperationCall): UrgencyRank {
  const { operation } = request
  if (isBegun(request)) return URGENCY.begun
  if (operation.urgency) return URGENCY[operation.urgency]
  return operation.kind === 'query' ? URGENCY.read : URGENCY.newWork
}
