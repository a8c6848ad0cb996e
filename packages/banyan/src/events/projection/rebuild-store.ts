import type { Transaction } from '../../data/index.ts'
import type { ProjectionDefinition } from '../definition.ts'
import { rebuildName, rebuildTable } from './projection.ts'

/** An empty table like the live one, and no trace of an earlier rebuild. */
export function startAnew(tx: Transaction, projection: ProjectionDefinition): Promise<void> {
  dropRebuild(tx, projection)
  return createBeside(tx, projection)
}

export function dropRebuild(tx: Transaction, projection: ProjectionDefinition): void {
  tx.execute(`DROP TABLE IF EXISTS ${rebuildTable(projection)}`)
  forgetConsumer(tx, rebuildName(projection))
}

/** Does nothing when the table is there: an earlier rebuild goes on. */
export async function createBeside(tx: Transaction, projection: ProjectionDefinition): Promise<void> {
  const [row] = await tx.query<{ options: string | null }>(STORAGE_OPTIONS, [projection.table])
  const table = rebuildTable(projection)
  // LIKE … INCLUDING ALL copies all but the storage parameters (fillfactor).
  const storage = row?.options ? `WITH (${row.options})` : ''
  tx.execute(`CREATE TABLE IF NOT EXISTS ${table} (LIKE ${projection.table} INCLUDING ALL) ${storage}`)
}

export interface Comparison {
  readonly rows: number
  readonly differences: number
  /** At most 10, as JSON: `live: {…}` or `rebuilt: {…}`. */
  readonly examples: readonly string[]
}

/** Compares whole rows. As JSON, because not every type (json) knows equality. */
export async function compareTables(tx: Transaction, projection: ProjectionDefinition): Promise<Comparison> {
  const [live, rebuilt] = [projection.table, rebuildTable(projection)]
  await tx.query(`SELECT set_config('statement_timeout', '120s', true)`)
  const [row] = await tx.query<Comparison>(`
    WITH live AS MATERIALIZED (SELECT to_jsonb(row) AS row FROM ${live} AS row),
    rebuilt AS MATERIALIZED (SELECT to_jsonb(row) AS row FROM ${rebuilt} AS row),
    difference AS MATERIALIZED (
      SELECT 'live: ' AS side, row FROM (SELECT row FROM live EXCEPT ALL SELECT row FROM rebuilt) AS gone
      UNION ALL
      SELECT 'rebuilt: ', row FROM (SELECT row FROM rebuilt EXCEPT ALL SELECT row FROM live) AS come
    )
    SELECT (SELECT count(*)::int FROM rebuilt) AS rows,
           (SELECT count(*)::int FROM difference) AS differences,
           array(SELECT side || left(row::text, 2000) FROM difference ORDER BY row, side LIMIT 10) AS examples`)
  return row!
}

/** The rebuilt table becomes the live one, and the rebuild's positions and dead letters the live consumer's. */
export function swap(tx: Transaction, projection: ProjectionDefinition): void {
  tx.execute(`DROP TABLE ${projection.table}`)
  tx.execute(`ALTER TABLE ${rebuildTable(projection)} RENAME TO ${projection.table}`)
  forgetConsumer(tx, projection.name)
  const names = [rebuildName(projection), projection.name]
  tx.execute('UPDATE banyan_positions SET consumer = $2 WHERE consumer = $1', names)
  tx.execute('UPDATE banyan_dead_letters SET consumer = $2 WHERE consumer = $1', names)
  tx.execute('DELETE FROM banyan_attempts WHERE consumer = $1', [rebuildName(projection)])
}

function forgetConsumer(tx: Transaction, consumer: string): void {
  tx.execute('DELETE FROM banyan_positions WHERE consumer = $1', [consumer])
  tx.execute('DELETE FROM banyan_attempts WHERE consumer = $1', [consumer])
  tx.execute('DELETE FROM banyan_dead_letters WHERE consumer = $1', [consumer])
}

const STORAGE_OPTIONS = `
  SELECT array_to_string(reloptions, ', ') AS options FROM pg_class WHERE oid = to_regclass($1::text)`
