import { createRedisClient, createRedisLayer, NOTHING, type CachedOperation } from '../../../cache/index.ts'
import { systemRandom } from '../../../core/index.ts'
import type { Logger } from '../../../observe/index.ts'
import { platformSettings } from '../../../runtime/index.ts'
import type { Place } from './place.ts'

export interface RedisPlaceOptions {
  readonly operation: CachedOperation
  readonly input: Readonly<Record<string, unknown>>
  readonly logger: Logger
  readonly environment: NodeJS.ProcessEnv
}

/** What gateways would be answered with by Redis. `null`: none is named. */
export async function openRedisPlace(options: RedisPlaceOptions): Promise<(Place & AsyncDisposable) | null> {
  const { operation, input, logger, environment } = options
  const { REDIS_URL: url, REDIS_PREFIX: prefix = platformSettings.REDIS_PREFIX.default! } = environment
  if (!url) return null
  const client = await createRedisClient({ url, logger })
  await client.connected(AbortSignal.timeout(CONNECT_MS))
  const layer = createRedisLayer({ client, random: systemRandom, prefix })
  const place = { key: operation.keyOf(input), tags: operation.tagsOf(input) }
  return {
    layer: 'l2',
    where: `Redis ${new URL(url).host}`,
    boundMs: operation.maxAgeMs,
    async look() {
      const opened = await layer.open(place, { after: NOTHING, force: false })
      if (opened.kind === 'lease') await layer.release(opened.lease)
      return opened.kind === 'kept' ? opened.kept.answer.versions : null
    },
    [Symbol.asyncDispose]: client.stop,
  }
}

const CONNECT_MS = 5_000
