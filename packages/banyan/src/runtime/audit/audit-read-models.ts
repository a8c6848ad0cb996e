import { sayCount, type Clock, type Random } from '../../core/index.ts'
import { rebuildProjection, type ProjectionDefinition, type RebuildResult } from '../../events/index.ts'
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
    const result = await rebuildProjection({ ...how, sources: sourcesOf(projection, services) })
    checked += result.rows
    faults.push(...faultOf(projection.name, result))
  }
  return { invariant: 'I10', verdict: faults.length === 0 ? 'holds' : 'broken', checked, rows: faults }
}

/** Begins with the projection's name: a command that repairs it is told that. None where nothing differs. */
export function faultOf(name: string, { differences, examples }: Pick<RebuildResult, 'differences' | 'examples'>) {
  if (differences === 0) return []
  const lead = differences > examples.length ? ', e.g. ' : ': '
  return [
    `${name}: ${sayCount(differences, 'row')} ${differences === 1 ? 'differs' : 'differ'}${lead}${examples.join('; ')}`,
  ]
}

/** `orders.order-placed.v1` is in the log of `orders`. */
function sourcesOf({ types }: ProjectionDefinition, services: ReadModelsAudit['services']) {
  const producers = new Set(types.map((type) => type.slice(0, type.indexOf('.'))))
  return [...producers].map((producer) => services.get(producer)!.log)
}
