import type { ConsumerDefinition, ProjectionDefinition } from '../definition.ts'
import { eventsErrors } from '../events-errors.ts'

/**
 * A projection as the consumer that keeps its live table.
 * @throws `events.BAD_TABLE_NAME`: the name goes into SQL as it is.
 */
export function toConsumer(projection: ProjectionDefinition): ConsumerDefinition {
  return consumerOf(projection, projection.name, projection.table)
}

/** The consumer that builds the table beside the live one, with positions of its own. */
export function toRebuildConsumer(projection: ProjectionDefinition): ConsumerDefinition {
  return consumerOf(projection, rebuildName(projection), rebuildTable(projection))
}

export function rebuildName({ name }: ProjectionDefinition): string {
  return `${name}#rebuild`
}

export function rebuildTable({ table }: ProjectionDefinition): string {
  return `${table}_rebuild`
}

function consumerOf(projection: ProjectionDefinition, name: string, table: string): ConsumerDefinition {
  const { types, upcasts = [] } = projection
  if (!TABLE_NAME.test(projection.table)) {
    throw eventsErrors.BAD_TABLE_NAME({ projection: projection.name, table: projection.table })
  }
  return { name, types, upcasts, handle: (tx, events) => projection.apply(tx, table, events) }
}

// Short enough for `_rebuild` and what PostgreSQL appends to name its indexes.
const TABLE_NAME = /^[a-z][a-z0-9_]{0,49}$/
