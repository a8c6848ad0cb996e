import { setImmediate as turn } from 'node:timers/promises'
import type { RedisClient } from './redis-client.ts'

/** Waits for the connection that is made in the background. */
export async function untilAnswers(client: RedisClient, key = 'probe'): Promise<void> {
  const endAtMs = performance.now() + 60_000
  while (performance.now() < endAtMs) {
    const isThere = await client.run('release', [key], ['none', '']).then(
      () => true,
      () => false,
    )
    if (isThere) return
    await turn()
  }
  throw new Error('Redis did not answer within 60 s')
}
