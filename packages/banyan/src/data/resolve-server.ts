import pg from 'pg'
import { type Clock, systemClock } from '../core/index.ts'
import type { Logger } from '../observe/index.ts'
import { type ConnectionOptions, parseConnectionUrl } from './connection/connection-options.ts'
import { createDatabaseIfMissing } from './create-database-if-missing.ts'
import { dataErrors } from './data-errors.ts'
import { attachEmbedded, type AttachedEmbedded } from './embedded/attach-embedded.ts'
import { startEmbedded } from './embedded/start-embedded.ts'

export interface ServerOptions {
  /** `DATABASE_URL`, `ORDERS_DATABASE_URL` …, `BANYAN_DATA`. */
  readonly settings: Readonly<Record<string, string | undefined>>
  /** Services that need a database: `orders`, `payments` … */
  readonly services: readonly string[]
  /** Enter the embedded server of a running app instead of refusing because it is held. Default false. */
  readonly attach?: boolean
  /** How long to wait for servers that cannot be reached yet; the order in which things start is free. Default 30,000. */
  readonly waitMs?: number
  readonly clock?: Clock
  readonly logger?: Logger
}

/** The PostgreSQL servers of this process: those that the settings name, else an embedded one. */
export interface Server extends AsyncDisposable {
  /** How to get in for a service, as the user that the settings name (embedded: superuser). */
  connectionOf(service: string): ConnectionOptions
  /** The same server, a database of its own in it, created when missing. */
  databaseOf(service: string, database: string): Promise<ConnectionOptions>
  /** `null` when every service has a server of its own. */
  readonly embedded: AttachedEmbedded | null
  stop(): Promise<void>
}

const OLDEST = { version: 15, number: 150_000 }
const DEFAULT_FOLDER = '.banyan'

/**
 * `<SERVICE>_DATABASE_URL`, else `DATABASE_URL`, else the embedded PostgreSQL in `BANYAN_DATA` (default `.banyan`).
 * @throws `data.UNSUPPORTED_SERVER` (older than 15), `data.UNREACHABLE_SERVER`, and what `startEmbedded` throws
 */
export async function resolveServer(options: ServerOptions): Promise<Server> {
  const { settings, services, clock = systemClock } = options
  const named = new Map(services.map((service) => [service, settingOf(settings, service)]))
  const used = [...new Set(named.values())].filter((setting) => setting !== null)
  const deadline = clock.monotonicMs() + (options.waitMs ?? 30_000)
  await Promise.all(
    used.map((setting) => checkServer({ ...options, setting, url: settings[setting]!, deadline, clock })),
  )
  const embedded = [...named.values()].includes(null)
    ? await (options.attach ? attachEmbedded : startEmbedded)({
        clock,
        folder: settings.BANYAN_DATA || DEFAULT_FOLDER,
        ...(options.logger ? { logger: options.logger } : {}),
      })
    : null
  const stop = async () => embedded?.stop()
  return { connectionOf, databaseOf, embedded, stop, [Symbol.asyncDispose]: stop }

  function connectionOf(service: string): ConnectionOptions {
    const setting = settingOf(settings, service)
    if (setting !== null) return parseConnectionUrl(settings[setting]!)
    if (embedded) return embedded.connection
    throw dataErrors.UNREACHABLE_SERVER({ setting: envName(service), reason: `'${service}' is not among the services` })
  }

  function databaseOf(service: string, database: string): Promise<ConnectionOptions> {
    return createDatabaseIfMissing(connectionOf(service), database)
  }
}

/** The name of the setting that says where a service's data are. */
function settingOf(settings: ServerOptions['settings'], service: string): string | null {
  return [envName(service), 'DATABASE_URL'].find((name) => settings[name]) ?? null
}

function envName(service: string): string {
  return `${service.replaceAll('-', '_').toUpperCase()}_DATABASE_URL`
}

interface Candidate {
  readonly setting: string
  readonly url: string
  readonly deadline: number
  readonly clock: Clock
  readonly logger?: Logger
}

const SAY_AFTER_MS = 5_000

async function checkServer(candidate: Candidate): Promise<void> {
  const { setting, deadline, clock, logger } = candidate
  const connection = parseUrl(candidate)
  const sayAtMs = clock.monotonicMs() + SAY_AFTER_MS
  let isSaid = false
  for (;;) {
    try {
      const number = await readVersion(connection)
      if (number >= OLDEST.number) return
      throw dataErrors.UNSUPPORTED_SERVER({ setting, found: Math.floor(number / 10_000), needed: OLDEST.version })
    } catch (cause) {
      if (!isTransient(cause)) throw toUnreachable(setting, cause)
      const nowMs = clock.monotonicMs()
      if (nowMs >= deadline) throw toUnreachable(setting, cause)
      if (!isSaid && nowMs >= sayAtMs)
        logger?.warn({ setting, error: cause }, 'waiting for a PostgreSQL that cannot be reached')
      isSaid ||= nowMs >= sayAtMs
    }
    await clock.sleep(200)
  }
}

function parseUrl({ setting, url }: Candidate): ConnectionOptions {
  try {
    return parseConnectionUrl(url)
  } catch {
    // The cause would carry the password.
    throw dataErrors.UNREACHABLE_SERVER({
      setting,
      reason: 'it must look like postgres://user:password@host:5432/name',
    })
  }
}

async function readVersion(connection: ConnectionOptions): Promise<number> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: 5_000 } as pg.ClientConfig)
  client.on('error', () => null) // reported by the call that meets it
  try {
    await client.connect()
    const { rows } = await client.query<{ number: number }>(
      "SELECT current_setting('server_version_num')::int AS number",
    )
    return rows[0]!.number
  } finally {
    await client.end()
  }
}

// Not there yet: refused, unknown name, time-out; the server is starting (57P03) or has no connection left (53300).
const TRANSIENT = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  '57P03',
  '53300',
])

function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof AggregateError) return error.errors.every(isTransient)
  return 'code' in error ? TRANSIENT.has(String(error.code)) : /timeout|terminated/i.test(error.message)
}

function toUnreachable(setting: string, cause: unknown): unknown {
  if (cause instanceof Error && 'effect' in cause) return cause
  const reason = cause instanceof AggregateError ? String(cause.errors[0]) : String(cause)
  return dataErrors.UNREACHABLE_SERVER({ setting, reason }, { cause })
}
