import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ConnectionOptions,
  type DatabaseOptions,
  type Embedded,
  migrate,
  type MigrationSource,
  startEmbedded,
} from '../data/index.ts'

export interface TestPostgresOptions {
  /** `false` trades durability for speed where a test does not look at it. Default true. */
  readonly fsync?: boolean
  /** More server settings: `{ wal_level: 'logical' }`. */
  readonly settings?: Readonly<Record<string, string>>
}

/** A throw-away PostgreSQL in a temp folder, reached by a unix socket. */
export interface TestPostgres extends AsyncDisposable {
  /** As superuser. */
  readonly connection: ConnectionOptions
  readonly embedded: Embedded
  /** Creates schema and role `banyan_<schema>`, runs the migrations, and says how `createDatabase` gets in. */
  schema(schema: string, sources?: readonly MigrationSource[]): Promise<DatabaseOptions>
  /** Stops the server and removes its folder. */
  stop(): Promise<void>
}

export async function startTestPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-pg-'))
  const embedded = await startEmbedded({
    folder,
    durable: options.fsync ?? true,
    settings: { max_connections: '200', ...options.settings },
  })
  const { connection } = embedded
  return { connection, embedded, schema, stop, [Symbol.asyncDispose]: stop }

  async function schema(name: string, sources: readonly MigrationSource[] = []): Promise<DatabaseOptions> {
    const role = `banyan_${name}`
    await migrate({ connection, schema: name, role, sources })
    return { name, connection, schema: name, role }
  }

  async function stop(): Promise<void> {
    await embedded.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
