import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { systemClock as clock, systemRandom } from '../../core/index.ts'
import type { Logger } from '../../observe/index.ts'
import { silentLogger } from '../../observe/index.ts'
import { cacheLayerSuite, startTestRedis, type TestRedis } from '../../testing/index.ts'
import { createRedisClient } from './redis-client.ts'
import { createRedisLayer } from './redis-layer.ts'
import { untilAnswers } from './until-answers.fixture.ts'

const HOW_TO = new URL('../../../../../docs/how-to/share-through-redis.md', import.meta.url)
/** As the how-to writes it: `ACL SETUSER banyan on >… ~… +…`. */
const [, RIGHTS = ''] = /^redis-cli (ACL SETUSER banyan .*)$/m.exec(readFileSync(HOW_TO, 'utf8'))!

async function startWith(user: string): Promise<{ redis: TestRedis; urlOf(login: string): string }> {
  const redis = await startTestRedis()
  const answer = await redis.command(...user.replaceAll("'", '').split(' '))
  assert.match(answer, /^\+OK/, answer)
  return { redis, urlOf: (login) => redis.url.replace('redis://', `redis://${login}@`) }
}

cacheLayerSuite('Redis, with no more rights than the how-to names', async () => {
  const { redis, urlOf } = await startWith(RIGHTS)
  const password = />(\S+)/.exec(RIGHTS)![1]!.replaceAll("'", '')
  const client = await createRedisClient({ url: urlOf(`banyan:${password}`), logger: silentLogger })
  await untilAnswers(client, '{banyan-cache-2}probe')
  return {
    layer: createRedisLayer({ client, random: systemRandom }),
    async stop() {
      await client.stop()
      await redis.stop()
    },
  }
})

describe('a Redis that refuses', () => {
  const refused = [
    ['the commands', 'limited:word', /NOPERM/],
    ['the keys', 'elsewhere:word', /NOPERM/],
    ['the password', 'limited:wrong', /WRONGPASS/],
  ] as const
  for (const [what, login, kind] of refused) {
    test(`${what}: said once, without the password, and nothing waits`, async () => {
      const { redis, urlOf } = await startWith('ACL SETUSER limited on >word ~* +@read +info')
      await redis.command(...'ACL SETUSER elsewhere on >word ~other* +@all'.split(' '))
      const lines: string[] = []
      const client = await createRedisClient({ url: urlOf(login), logger: collect(lines) })
      const layer = createRedisLayer({ client, random: systemRandom })
      const endAtMs = performance.now() + 60_000
      while (lines.length === 0 && performance.now() < endAtMs) {
        await assert.rejects(async () => layer.beginWrite(['product-7']))
        await clock.sleep(5)
      }
      for (let turn = 0; turn < 3; turn++) await assert.rejects(async () => layer.beginWrite(['product-7']))
      await client.stop()
      await redis.stop()
      assert.equal(lines.length, 1, lines.join('\n'))
      assert.match(lines[0]!, kind)
      assert.doesNotMatch(lines[0]!, /word:|:word|:wrong/)
    })
  }
})

function collect(lines: string[]): Logger {
  const warn: Logger['warn'] = (fields: object, message?: string) =>
    void lines.push(`${message} ${String((fields as { error: unknown }).error)}`)
  return { ...silentLogger, warn }
}
