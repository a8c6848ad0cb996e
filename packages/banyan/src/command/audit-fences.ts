import type { Session } from '../data/index.ts'

/** The highest fence that a participant has seen of a saga; only those that were taken over have one. */
export interface SeenFence {
  readonly sagaId: string
  readonly fence: number
}

/** For I15: compared with the fences that the sagas' owner has handed out. */
export async function listFences(session: Session): Promise<readonly SeenFence[]> {
  return session.query<{ sagaId: string; fence: number }>(
    'SELECT saga_id AS "sagaId", fence FROM banyan_fences ORDER BY saga_id LIMIT 1000000',
  )
}
