import { reply, type InputOf, type Reply } from 'banyan/contract'
import type { Session } from 'banyan/data'
import type { Clock } from 'banyan/core'
import type { users } from '../contract.ts'
import type { Role } from '../schemas.ts'

type Input = InputOf<typeof users.operations.getStanding>

export interface StandingOptions {
  readonly database: Session
  readonly clock: Clock
}

/** What the gateway asks of each session it meets, at most once in a few seconds. */
export function getStanding({ database, clock }: StandingOptions) {
  return async ({ userId, sessionId }: Input): Promise<Reply<{ role: Role } | null>> => {
    const now = new Date(clock.now()).toISOString()
    const rows = await database.query<{ role: Role }>(READ_STANDING, [userId, sessionId, now])
    return reply(rows[0] ?? null)
  }
}

const READ_STANDING = `
  SELECT role
  FROM live_users
  JOIN sessions USING (user_id)
  WHERE user_id = $1::bigint AND session_id = $2 AND expires_at > $3`
