import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { RedisClient } from '../../cache/index.ts'
import type { Clock } from '../../core/index.ts'
import type { Counted, OpenAttemptCounter } from './attempt-counter.ts'
import { createLocalRateLimiter } from './rate-limiter.ts'

export interface SharedAttemptsOptions {
  readonly client: Pick<RedisClient<'attempt'>, 'run'>
  /** Calls only while it is worth it: see `createCircuit`. */
  readonly circuit: { attempt<T>(call: () => T | Promise<T>, otherwise: T): Promise<T> }
  readonly clock: Clock
  /** Begins every key. */
  readonly prefix: string
  /** Names this gateway among the others. */
  readonly gateway: string
}

/** What the counter asks of Redis, by name. */
export function readAttemptScripts(): Readonly<Record<'attempt', string>> {
  return { attempt: readFileSync(new URL('./attempt.lua', import.meta.url), 'utf8') }
}

/**
 * One count at all gateways, exactly: each attempt waits for Redis, a fraction of what checking a password costs. Requests, which
 * cost less than that, are counted otherwise: see `createSharedRateLimiter`.
 *
 * This gateway counts in its memory, too. While Redis is away that decides alone, and an attempt counts for as many as there were
 * gateways of late; what was counted here before is not forgotten.
 */
export function countInRedis(options: SharedAttemptsOptions): OpenAttemptCounter {
  const { client, circuit, clock, prefix, gateway } = options
  // One hash tag: the keys of a script stand in one slot of a cluster.
  const begin = `{${prefix}-attempts}`
  let gateways = 1
  let isThere = true

  return ({ id, limit, windowMs }) => {
    const limiter = createLocalRateLimiter({ limit, windowMs, clock })
    const costMs = windowMs / limit

    return {
      async take(key) {
        const weight = isThere ? 1 : gateways
        const own = limiter.take(key, weight)
        const giveBackOwn = () => limiter.giveBack(key, weight)
        if (!own.allowed) return { ...own, giveBack: () => undefined }
        const shared = await ask(key, 1)
        if (shared === null) return { ...own, giveBack: giveBackOwn }
        if (shared.allowed) return { ...shared, giveBack: () => (giveBackOwn(), void ask(key, -1)) }
        giveBackOwn()
        return { ...shared, giveBack: () => undefined }
      },
    }

    /** `null`: it could not be asked. */
    async function ask(key: string, count: 1 | -1): Promise<Omit<Counted, 'giveBack'> | null> {
      // No e-mail address stands in Redis.
      const name = `${begin}c:${id}:${hash('sha256', key, 'base64url')}`
      const args = [gateway, costMs, windowMs, count]
      const answer = await circuit.attempt(() => client.run('attempt', [`${begin}gateways`, name], args), null)
      isThere = answer !== null
      if (answer === null) return null
      const [seen, allowed, resetMs] = (answer as readonly Buffer[]).map(Number)
      gateways = seen!
      return { allowed: allowed === 1, resetMs: resetMs! }
    }
  }
}
