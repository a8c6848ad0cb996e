import type { Placement } from './placement.ts'

export interface ServerSettings {
  readonly tcpPort: number | null
  readonly durable: boolean
  /** Major version of the programs: an old one may be started to take its data along. */
  readonly major: number
  readonly overrides: Readonly<Record<string, string>>
}

/** In a list of processes this tells our servers from others. */
export const CLUSTER_NAME = 'banyan'

/** Given on the command line rather than in a file, so that an upgrade of Banyan brings its own. */
export function toArguments(place: Placement, { tcpPort, durable, major, overrides }: ServerSettings): string[] {
  const settings: Record<string, string> = {
    cluster_name: CLUSTER_NAME,
    listen_addresses: tcpPort === null ? '' : '127.0.0.1',
    port: String(tcpPort ?? SOCKET_PORT),
    unix_socket_directories: place.sockets,
    unix_socket_permissions: '0700',
    ...TUNING,
    ...(major >= 18 ? { io_method: 'sync' } : {}), // three worker processes fewer
    ...LOGGING,
    fsync: durable ? 'on' : 'off',
    ...overrides,
  }
  return ['-D', place.data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** Without TCP the port is only the end of the socket's name. */
export const SOCKET_PORT = 5432

/** For one machine that runs other things too; short transactions, SSD. */
const TUNING = {
  shared_buffers: '128MB',
  effective_cache_size: '1GB',
  max_connections: '100',
  synchronous_commit: 'on',
  max_wal_size: '1GB', // at 2,000 checkouts a second (27 MB) a checkpoint every 20 s; of half the size, each page whole again twice as often
  random_page_cost: '1.1',
  jit: 'off', // costs more than these statements take
  max_parallel_workers_per_gather: '0', // no helpers in /dev/shm, which containers keep at 64 MB
  autovacuum_naptime: '15s', // stock rows and idempotency keys are small and hot
  // A sample of 7,500 rows instead of 30,000: rows are reached by key, and while a shop fills up ANALYZE took 36 µs a checkout, now 14.
  default_statistics_target: '25',
  timezone: 'UTC',
}

/**
 * Errors of statements go to the client only: their text and detail hold what customers typed
 * (`Key (email)=(…) already exists`).
 */
const LOGGING = {
  log_destination: 'stderr',
  logging_collector: 'off',
  log_timezone: 'UTC',
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
}
