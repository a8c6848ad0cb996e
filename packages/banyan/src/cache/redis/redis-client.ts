import { once } from 'node:events'
import { createFailureLog, silentLogger, type Logger } from '../../observe/index.ts'
import { createRefusalLog } from './refusal-log.ts'
import { readScripts, type ScriptName } from './redis-scripts.ts'

/** As much of Redis as the cache needs. */
export interface RedisClient<Name extends string = ScriptName> {
  /** Texts come as bytes. @throws what Redis refuses with; when it cannot be reached; when it does not answer in time */
  run(script: Name, keys: readonly string[], args: readonly (string | number | Uint8Array)[]): Promise<unknown>
  /** Names of keys that begin so, in no order, some perhaps twice. @throws as `run` */
  scan(beginning: string): AsyncIterable<readonly string[]>
  /** Once it can be asked; whoever has another answer does not wait. @throws why it cannot be reached */
  connected(signal: AbortSignal): Promise<void>
  /** Idempotent. */
  stop(): Promise<void>
}

export interface RedisClientOptions<Name extends string> {
  /** `redis://[user:password@]host[:port][/database]`, `rediss://…` */
  readonly url: string
  readonly logger: Logger
  /** Longest that an answer may take, milliseconds. Default 250: a slow cache must not be slower than what it spares. */
  readonly timeoutMs?: number
  /** False for a further connection of a process to the same server: the first says that it is away. Default true. */
  readonly tellsOutages?: boolean
  /** Texts of the scripts, by name. Default: those of the cache. */
  readonly scripts?: Readonly<Record<Name, string>>
}

const CONNECT_TIMEOUT_MS = 2_000
/** Keys looked at in one step, so that nobody else waits long. */
const SCAN_COUNT = 1_000
const RETRY = { firstMs: 50, capMs: 1_000 }

/**
 * Connects in the background, and again for ever. Nothing waits for a connection: without one a call fails at once. The package is
 * loaded here, because most processes have no Redis.
 */
export async function createRedisClient<Name extends string = ScriptName>(
  options: RedisClientOptions<Name>,
): Promise<RedisClient<Name>> {
  const { url, logger, timeoutMs = 250, tellsOutages = true, scripts = readScripts() } = options
  const { Redis } = await import('ioredis')
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: timeoutMs,
    // A process that is stopped (not gone) keeps its sockets: silence ends the connection.
    socketTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(RETRY.capMs, RETRY.firstMs * 2 ** Math.min(times, 10)),
    scripts: Object.fromEntries(Object.entries(scripts).map(([name, lua]) => [commandOf(name), { lua: String(lua) }])),
  })
  const trouble = createFailureLog({
    logger: tellsOutages ? logger : silentLogger,
    fails: 'Redis cannot be reached, trying again; answers come without it',
    works: 'Redis can be reached again',
    fields: {},
  })
  const refusals = createRefusalLog(logger)
  redis.on('error', (error: unknown) => trouble.failed(error))
  redis.on('ready', () => {
    trouble.worked()
    refusals.forget()
  })
  redis.connect().catch((error: unknown) => trouble.failed(error))
  const commands = redis as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>

  return {
    async run(script, keys, args) {
      try {
        return await commands[`${commandOf(script)}Buffer`]!(
          keys.length,
          ...keys,
          ...args.map((arg) => toArgument(arg)),
        )
      } catch (error) {
        refusals.failed(error)
        throw error
      }
    },
    scan: (beginning) => redis.scanStream({ match: `${beginning}*`, count: SCAN_COUNT }),
    async connected(signal) {
      if (redis.status !== 'ready') await once(redis, 'ready', { signal })
    },
    stop: async () => redis.disconnect(),
  }
}

function commandOf(script: string): string {
  return `banyan${script}`
}

function toArgument(arg: string | number | Uint8Array): string | number | Buffer {
  return arg instanceof Uint8Array ? Buffer.from(arg.buffer, arg.byteOffset, arg.byteLength) : arg
}
