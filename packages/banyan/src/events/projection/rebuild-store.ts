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
  /** Rows that differ, by primary key: one that is there twice, otherwise, is one. */
  readonly differences: number
  /** At most 10, in the order of their keys: which row, and what differs in it, `user_id 2: live {…}, rebuilt {…}`. */
  readonly examples: readonly string[]
}

/** Compares whole rows. As JSON, because not every type (json) knows equality. Without a primary key a row is its own. */
export async function compareTables(tx: Transaction, projection: ProjectionDefinition): Promise<Comparison> {
  const [live, rebuilt] = [projection.table, rebuildTable(projection)]
  const [found] = await tx.query<{ keys: readonly string[] }>(PRIMARY_KEY, [live])
  await tx.query(`SELECT set_config('statement_timeout', '120s', true)`)
  const [row] = await tx.query<Comparison>(
    `
    WITH live AS MATERIALIZED (SELECT to_jsonb(row) AS row FROM ${live} AS row),
    rebuilt AS MATERIALIZED (SELECT to_jsonb(row) AS row FROM ${rebuilt} AS row),
    gone AS MATERIALIZED (
      SELECT row, ${KEY_OF_ROW} AS key FROM (SELECT row FROM live EXCEPT ALL SELECT row FROM rebuilt) AS gone),
    come AS MATERIALIZED (
      SELECT row, ${KEY_OF_ROW} AS key FROM (SELECT row FROM rebuilt EXCEPT ALL SELECT row FROM live) AS come),
    difference AS MATERIALIZED (
      SELECT key, gone.row AS live, come.row AS rebuilt FROM gone FULL JOIN come USING (key)),
    example AS (SELECT * FROM difference ORDER BY key LIMIT 10)
    SELECT (SELECT count(*)::int FROM rebuilt) AS rows,
           (SELECT count(*)::int FROM difference) AS differences,
           array(SELECT format('%s: live %s, rebuilt %s', ${KEY_IN_WORDS}, ${changed('live', 'rebuilt')}, ${changed('rebuilt', 'live')})
                 FROM example ORDER BY key) AS examples`,
    [found!.keys],
  )
  return row!
}

const PRIMARY_KEY = `
  SELECT array(
    SELECT attname::text FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
    WHERE indrelid = to_regclass($1::text) AND indisprimary ORDER BY array_position(indkey::int2[], attnum)) AS keys`

// An array, so that keys sort by their first column first; the whole row, where there is none.
const KEY_OF_ROW = `CASE WHEN cardinality($1::text[]) = 0 THEN row
  ELSE (SELECT jsonb_agg(row -> name ORDER BY place) FROM unnest($1::text[]) WITH ORDINALITY AS key (name, place)) END`

const KEY_IN_WORDS = `CASE WHEN cardinality($1::text[]) = 0 THEN 'a row'
  ELSE (SELECT string_agg(name || ' ' || (key -> place::int - 1), ', ' ORDER BY place) FROM unnest($1::text[]) WITH ORDINALITY AS named (name, place)) END`

/** What one side's row holds that the other's does not, at most 2,000 characters of it. */
function changed(side: string, other: string): string {
  return `coalesce(left((
    SELECT jsonb_object_agg(field.key, value) FROM jsonb_each(${side}) AS field
    WHERE ${other} IS NULL OR value IS DISTINCT FROM ${other} -> field.key)::text, 2000), 'nothing')`
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
