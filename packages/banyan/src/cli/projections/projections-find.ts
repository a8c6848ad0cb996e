import type { Database } from '../../data/index.ts'
import type { ProjectionDefinition } from '../../events/index.ts'
import type { LogSource } from '../../log/index.ts'
import type { RunningProcess, RunningService } from '../../runtime/index.ts'
import { usageFault } from '../terminal/fail.ts'

/** A projection in one of the databases that hold its table. */
export interface PlacedProjection {
  readonly projection: ProjectionDefinition
  readonly service: string
  readonly database: Database
  readonly sources: readonly LogSource[]
}

/** The projections of every service; `name` picks one. @throws `api.INVALID_OPTIONS` when there is none. */
export function projectionsOf({ services }: RunningProcess, name: string | undefined): PlacedProjection[] {
  const all = [...services.values()].flatMap((service) =>
    (service.parts.projections ?? []).flatMap((projection) => place(projection, service, services)),
  )
  const found = all.filter(({ projection }) => name === undefined || projection.name === name)
  if (found.length > 0 || name === undefined) return found
  const known =
    [...new Set(all.map(({ projection }) => projection.name))].join(', ') || 'none: the app has no projection'
  throw usageFault('The projection', `it must be one of ${known}, got ${JSON.stringify(name)}.`)
}

function place(
  projection: ProjectionDefinition,
  { name, shards }: RunningService,
  services: RunningProcess['services'],
): PlacedProjection[] {
  const sources = sourcesOf(projection, services)
  return shards.all().map((database) => ({ projection, service: name, database, sources }))
}

/** `orders.order-placed.v1` is in the log of `orders`. */
function sourcesOf({ types }: ProjectionDefinition, services: RunningProcess['services']): LogSource[] {
  const producers = new Set(types.map((type) => type.slice(0, type.indexOf('.'))))
  return [...producers].map((producer) => services.get(producer)!.log)
}
