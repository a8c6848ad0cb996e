import {
  createRedisClient,
  createRedisLayer,
  listShared,
  type CachedOperation,
  type KeptEntry,
  type KeptList,
} from '../../cache/index.ts'
import { systemRandom } from '../../core/index.ts'
import { silentLogger } from '../../observe/index.ts'

/** Where kept answers are. */
export interface CachePlaces {
  /** Base addresses of processes that answer `/cache/entries`. */
  readonly processes: readonly string[]
  /** What other machines' processes want to see. */
  readonly token?: string
  readonly redis?: { readonly url: string; readonly prefix: string }
}

export interface CacheLook extends KeptList {
  readonly place: string
  /** Why it could not be looked into; `null`: it was. */
  readonly trouble: string | null
}

const TIMEOUT_MS = 10_000
/** The audit may wait longer than a reader, who has the service. */
const REDIS_TIMEOUT_MS = 5_000

export function lookIntoCaches(
  { processes, token, redis }: CachePlaces,
  operations: ReadonlyMap<string, CachedOperation>,
): Promise<readonly CacheLook[]> {
  const looks = processes.map((url) => look(`the memory of ${url}`, () => askProcess(url, token)))
  if (redis) looks.push(look('Redis', () => askRedis(redis, operations)))
  return Promise.all(looks)
}

async function look(place: string, list: () => Promise<KeptList>): Promise<CacheLook> {
  try {
    return { place, trouble: null, ...(await list()) }
  } catch (error) {
    return { place, trouble: (error as Error).message, entries: [] as readonly KeptEntry[], count: 0 }
  }
}

async function askProcess(url: string, token: string | undefined): Promise<KeptList> {
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
  const response = await fetch(new URL('/cache/entries', url), { headers, signal: AbortSignal.timeout(TIMEOUT_MS) })
  if (response.ok) return (await response.json()) as KeptList
  await response.body?.cancel()
  throw new Error(`it answers ${response.status}: it keeps nothing, or wants METRICS_TOKEN`)
}

async function askRedis(
  { url, prefix }: NonNullable<CachePlaces['redis']>,
  operations: ReadonlyMap<string, CachedOperation>,
): Promise<KeptList> {
  const client = await createRedisClient({ url, logger: silentLogger, timeoutMs: REDIS_TIMEOUT_MS })
  try {
    await client.connected(AbortSignal.timeout(REDIS_TIMEOUT_MS))
    return await listShared({
      client,
      layer: createRedisLayer({ client, random: systemRandom, prefix }),
      prefix,
      random: systemRandom,
      operations,
    })
  } finally {
    await client.stop()
  }
}
