import pg from 'pg'

/** What a schema consists of, as far as it has contents. */
export interface SchemaContents {
  readonly migrations: readonly AppliedMigration[]
  /** In an order in which references can be loaded. */
  readonly tables: readonly TableShape[]
  readonly sequences: readonly SequenceState[]
}

export interface AppliedMigration {
  readonly area: string
  readonly name: string
  readonly checksum: string
}

export interface TableShape {
  readonly table: string
  /** Without generated ones. */
  readonly columns: readonly string[]
}

export interface SequenceState {
  readonly sequence: string
  readonly lastValue: string
  readonly isCalled: boolean
}

/** Reads in the caller's transaction; sequences are beyond transactions: never behind the rows of the snapshot. */
export async function readContents(client: pg.Client, schema: string): Promise<SchemaContents> {
  const tables = await readTables(client, schema)
  const references = await client.query<{ from: string; to: string }>(REFERENCES, [schema])
  return {
    migrations: await readMigrations(client, schema),
    tables: sortByReferences(tables, references.rows),
    sequences: await readSequences(client, schema),
  }
}

export async function readMigrations(client: pg.Client, schema: string): Promise<AppliedMigration[]> {
  // A schema cannot be a parameter.
  const sql = `SELECT area, name, checksum FROM ${qualify(schema, 'banyan_migrations')} ORDER BY area, name`
  const { rows } = await client.query<AppliedMigration>(sql)
  return rows
}

/**
 * Tables and leaf partitions. Not: the migration table (the manifest has its rows) and unlogged tables, which by
 * definition hold nothing that outlives a server.
 */
const TABLES = `
  SELECT c.relname AS "table",
         array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '') AS columns
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r' AND c.relpersistence = 'p' AND c.relname <> 'banyan_migrations'
   GROUP BY c.relname
   ORDER BY c.relname`

const REFERENCES = `
  SELECT f.relname AS "from", t.relname AS "to"
    FROM pg_constraint k JOIN pg_class f ON f.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
   WHERE k.contype = 'f' AND k.connamespace = $1::regnamespace AND f.oid <> t.oid`

const SEQUENCES = `
  SELECT relname AS sequence FROM pg_class
   WHERE relnamespace = $1::regnamespace AND relkind = 'S' ORDER BY relname`

async function readTables(client: pg.Client, schema: string): Promise<TableShape[]> {
  const { rows } = await client.query<TableShape>(TABLES, [pg.escapeIdentifier(schema)])
  return rows
}

async function readSequences(client: pg.Client, schema: string): Promise<SequenceState[]> {
  const { rows } = await client.query<{ sequence: string }>(SEQUENCES, [pg.escapeIdentifier(schema)])
  const states: SequenceState[] = []
  for (const { sequence } of rows) {
    // A sequence cannot be a parameter.
    const sql = `SELECT last_value::text AS "lastValue", is_called AS "isCalled" FROM ${qualify(schema, sequence)}`
    const state = await client.query<Omit<SequenceState, 'sequence'>>(sql)
    states.push({ sequence, ...state.rows[0]! })
  }
  return states
}

export function qualify(schema: string, name: string): string {
  return `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`
}

interface Reference {
  readonly from: string
  readonly to: string
}

/** What is referred to comes first. */
function sortByReferences(tables: readonly TableShape[], references: readonly Reference[]): TableShape[] {
  const sorted: TableShape[] = []
  let rest = [...tables]
  while (rest.length > 0) {
    const waiting = new Set(rest.map((table) => table.table))
    const isFree = ({ table }: TableShape) => !references.some(({ from, to }) => from === table && waiting.has(to))
    const free = rest.filter(isFree)
    if (free.length === 0) throw new Error(`tables refer to each other in a circle: ${[...waiting].join(', ')}`)
    sorted.push(...free)
    rest = rest.filter((table) => !free.includes(table))
  }
  return sorted
}
