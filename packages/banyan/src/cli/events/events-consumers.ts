import type { Database } from '../../data/index.ts'
import { toConsumer, type ConsumerDefinition } from '../../events/index.ts'
import type { RunningProcess } from '../../runtime/index.ts'
import { usageFault } from '../terminal/fail.ts'

/** A consumer with one of the databases that hold its positions and dead letters. */
export interface PlacedConsumer {
  readonly definition: ConsumerDefinition
  readonly database: Database
}

/** The consumers and projections of every service; `name` picks one. @throws `api.INVALID_OPTIONS` when there is none. */
export function consumersOf({ services }: RunningProcess, name: string | undefined): PlacedConsumer[] {
  const all = [...services.values()].flatMap(({ parts, shards }) =>
    [...(parts.consumers ?? []), ...(parts.projections ?? []).map(toConsumer)].flatMap((definition) =>
      shards.all().map((database) => ({ definition, database })),
    ),
  )
  const found = all.filter(({ definition }) => name === undefined || definition.name === name)
  if (found.length > 0 || name === undefined) return found
  const known = [...new Set(all.map(({ definition }) => definition.name))].join(', ')
  throw usageFault('The consumer', `it must be one of ${known}, got ${JSON.stringify(name)}.`)
}
