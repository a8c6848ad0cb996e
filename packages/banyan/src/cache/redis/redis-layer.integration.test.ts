import { systemRandom } from '../../core/index.ts'
import { silentLogger } from '../../observe/index.ts'
import { cacheLayerSuite, startTestRedis } from '../../testing/index.ts'
import { createRedisClient } from './redis-client.ts'
import { createRedisLayer } from './redis-layer.ts'
import { untilAnswers } from './until-answers.fixture.ts'

cacheLayerSuite('Redis', async () => {
  const redis = await startTestRedis()
  const client = await createRedisClient({ url: redis.url, logger: silentLogger })
  await untilAnswers(client)
  return {
    layer: createRedisLayer({ client, random: systemRandom }),
    async stop() {
      await client.stop()
      await redis.stop()
    },
  }
})
