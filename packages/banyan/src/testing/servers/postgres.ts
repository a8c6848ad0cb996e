import { execFile } from 'node:child_process'
import { access, chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  type ConnectionOptions,
  type DatabaseOptions,
  type Embedded,
  migrate,
  type MigrationSource,
  startEmbedded,
} from '../../data/index.ts'

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
  // A test run that is called off ends its processes by SIGTERM; by default that ends us without `exit`, and so without the server.
  if (process.listenerCount('SIGTERM') === 0) process.once('SIGTERM', endByExit)
  const folder = await mkdtemp(join(tmpdir(), 'banyan-pg-'))
  await copyEmbeddedTemplate(folder)
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

function endByExit(): never {
  process.exit(143)
}

const CACHE = fileURLToPath(new URL('../../../../../node_modules/.cache/', import.meta.url))

/**
 * Makes `folder` a data folder that `startEmbedded` finds ready: initdb takes half a second of processor time, a copy
 * of what it made a tenth of that.
 */
export async function copyEmbeddedTemplate(folder: string): Promise<void> {
  const template = join(CACHE, `banyan-postgres-${process.getuid?.() ?? 'user'}`)
  const isThere = await access(template).then(
    () => true,
    () => false,
  )
  if (!isThere) await makeTemplate(template)
  await mkdir(folder, { recursive: true })
  await promisify(execFile)('cp', ['-a', join(template, 'postgres'), join(folder, 'postgres')])
  await chmod(folder, 0o711) // root's server is another user
}

async function makeTemplate(template: string): Promise<void> {
  await mkdir(CACHE, { recursive: true })
  const unfinished = await mkdtemp(`${template}.`)
  const embedded = await startEmbedded({ folder: unfinished, durable: false })
  await embedded.stop()
  // Another test file may have been faster.
  await rename(unfinished, template).catch(() => rm(unfinished, { recursive: true }))
}
