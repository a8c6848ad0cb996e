import { listFences } from '../../command/index.ts'
import { listSagaFences } from '../../saga/index.ts'
import type { AuditFinding } from '../app.ts'
import type { RunningService } from '../services/running-service.ts'

/**
 * I15, what tables show of it: no participant has obeyed a fence that the saga's owner never handed out. That a lower one is
 * refused, the participant decides in the transaction of the write.
 */
export async function auditFences(services: readonly RunningService[]): Promise<AuditFinding[]> {
  const databases = services.flatMap(({ name, shards }) => shards.all().map((database) => ({ name, database })))
  // Participants first: an owner only moves on.
  const seen = await Promise.all(
    databases.map(async ({ name, database }) =>
      (await listFences(database)).map(({ sagaId, fence }) => ({ name, sagaId, fence })),
    ),
  )
  const owned = await Promise.all(databases.map(({ database }) => listSagaFences(database)))
  const handedOut = new Map(owned.flatMap((fences) => [...fences]))
  const rows = seen.flat().flatMap(({ name, sagaId, fence }) => {
    const highest = handedOut.get(sagaId) ?? 1
    return fence > highest ? [`${name}: saga ${sagaId} was seen under fence ${fence}, its owner is at ${highest}`] : []
  })
  const verdict = rows.length === 0 ? 'holds' : 'broken'
  return [{ invariant: 'I15', verdict, checked: seen.flat().length + handedOut.size, rows: rows.slice(0, 100) }]
}
