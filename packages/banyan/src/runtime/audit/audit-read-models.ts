import type { Clock, Random } from '../../core/index.ts'
import { rebuildProjection, type ProjectionDefinition } from '../../events/index.ts'
import { silentLogger } from '../../observe/index.ts'
import type { AuditFinding } from '../app.ts'
import type { RunningService } from '../services/running-service.ts'

export interface ReadModelsAudit {
  readonly services: ReadonlyMap<string, RunningService>
  readonly clock: Clock
  readonly random: Random
}

/** I10: each read model is built again from the beginning of its logs, beside the live one, and compared. */
export async function auditReadModels({ services, ...tools }: ReadModelsAudit): Promise<AuditFinding> {
  const placed = [...services.values()].flatMap(({ parts, shards }) =>
    (parts.projections ?? []).flatMap((projection) => shards.all().map((database) => ({ projection, database }))),
  )
  let checked = 0
  const faults: string[] = []
  for (const { projection, database } of placed) {
    const how = { ...tools, projection, database, swap: false, logger: silentLogger }
    const { rows, differences, examples } = await rebuildProjection({
      ...how,
      sources: sourcesOf(projection, services),
    })
    checked += rows
    if (differences > 0) faults.push(`${projection.name}: ${differences} rows differ, e.g. ${examples.join(', ')}`)
  }
  return { invariant: 'I10', verdict: faults.length === 0 ? 'holds' : 'broken', checked, rows: faults }
}

/** `orders.order-placed.v1` is in the log of `orders`. */
function sourcesOf({ types }: ProjectionDefinition, services: ReadModelsAudit['services']) {
  const producers = new Set(types.map((type) => type.slice(0, type.indexOf('.'))))
  return [...producers].map((producer) => services.get(producer)!.log)
}
