import { randomText, type Random } from '../../core/index.ts'
import { covers } from '../answer.ts'
import {
  MAX_FILL_MS,
  type Brought,
  type CacheLayer,
  type Kept,
  type Lease,
  type Opened,
  type OpenHow,
} from '../layer.ts'
import type { Cause, Place, Refusal } from '../layer.ts'
import type { RedisClient } from './redis-client.ts'
import { createNames } from './redis-names.ts'

export interface RedisLayerOptions {
  readonly client: Pick<RedisClient, 'run'>
  readonly random: Random
  /** Begins every key, so that several shops can share a server. Default `banyan`. */
  readonly prefix?: string
  /** How long who fills may take before another may, milliseconds. Default 5,000. */
  readonly leaseMs?: number
}

/** How long a tag's stamp is remembered after its last use. An answer that nobody asks for ends with it. */
const STAMP_MS = 600_000

/**
 * The layer that processes share. The rules stand in the scripts, which Redis runs one at a time; what Redis loses or never hears of
 * makes answers missing, and nothing else.
 */
export function createRedisLayer(options: RedisLayerOptions): CacheLayer {
  const { client, random, prefix = 'banyan', leaseMs = 5_000 } = options
  const names = createNames(prefix)
  const stampsOf = new WeakMap<Lease, string>()

  return {
    async open(place, how) {
      const answer = await ask(place, how, '')
      if (answer.kind !== 'kept') return answer
      const isGood = answer.kept.ageMs < answer.kept.freshForMs && covers(answer.kept.includes, how.after)
      return isGood ? answer : ask(place, how, 'skip')
    },
    async store(lease, kept) {
      const { meta, keepMs, versions, includes } = encode(kept)
      if (keepMs <= 0) return (await release(lease), 'lost')
      const stamps = stampsOf.get(lease) ?? ''
      const args = [lease.token, stamps, meta, dataOf(kept), keepMs, versions, includes]
      const answer = String(await client.run('store', names.of(lease.place), args))
      return answer === 'stored' ? null : (answer as Refusal)
    },
    release,
    async beginWrite(tags) {
      const keys = [names.everything, ...tags.map(names.tag)]
      return { tags, token: String(await client.run('stamps', keys, [randomText(random), STAMP_MS])) }
    },
    invalidate(tags, cause) {
      const brought = cause.kind === 'write' ? cause.brought : null
      const stamps = brought && stampsBefore(brought)
      return stamps ? write(tags, brought!.kept, stamps) : invalidate(tags.map(names.tag), cause)
    },
    clear: () => invalidate([names.everything], { kind: 'write', brought: null }),
  }

  async function ask(place: Place, { force }: OpenHow, skip: string): Promise<Opened> {
    const token = randomText(random)
    const args = [token, leaseMs, STAMP_MS, randomText(random), force ? 'force' : '', skip]
    const [kind, ...rest] = (await client.run('open', names.of(place), args)) as Buffer[]
    if (String(kind) === 'kept') return { kind: 'kept', kept: decode(place, rest) }
    if (String(kind) === 'busy') return { kind: 'busy' }
    const lease = { place, token }
    stampsOf.set(lease, String(rest[0]))
    return { kind: 'lease', lease }
  }

  async function release(lease: Lease): Promise<void> {
    await client.run('release', [names.lease(lease.place.key)], [lease.token, stampsOf.get(lease) ?? ''])
  }

  /** One script for both: nobody fills between the end of the old answers and the new one. */
  async function write(tags: readonly string[], kept: Kept, stamps: string): Promise<void> {
    const { meta, keepMs, versions, includes } = encode(kept)
    const own = names.of(kept.place)
    const others = tags.filter((tag) => !kept.place.tags.includes(tag)).map(names.tag)
    const about = [randomText(random), STAMP_MS, own.length, stamps]
    await client.run('write', [...own, ...others], [...about, meta, dataOf(kept), keepMs, versions, includes])
  }

  async function invalidate(keys: readonly string[], cause: Cause): Promise<void> {
    const [log, position, row] = cause.kind === 'event' ? [cause.log, cause.position, cause.row] : ['', 0]
    const args = [randomText(random), MAX_FILL_MS, log, position, row?.name ?? '', row?.version ?? 0]
    await client.run('invalidate', keys, args)
  }
}

interface Meta {
  readonly versions: string | null
  readonly changedAt: string | null
  readonly includes: Kept['includes']
  readonly freshForMs: number
  readonly staleForMs: number
  readonly fillMs: number
  readonly isAbsent: boolean
}

function encode({ answer, includes, ageMs, freshForMs, staleForMs, fillMs }: Kept) {
  const { versions, changedAt, data } = answer
  const meta: Meta = { versions, changedAt, includes, freshForMs, staleForMs, fillMs, isAbsent: data === null }
  const keepMs = Math.floor(freshForMs + staleForMs - ageMs)
  return { meta: JSON.stringify(meta), keepMs, versions: versions ?? '', includes: JSON.stringify(includes) }
}

/** The stamps of the answer's tags when its writer began, everything's first; `null`: not all were asked for. */
function stampsBefore({ kept, right }: Brought): string | null {
  if (right === null || !kept.place.tags.every((tag) => right.tags.includes(tag))) return null
  const [everything, ...stamps] = right.token.split(' ')
  return [everything, ...kept.place.tags.map((tag) => stamps[right.tags.indexOf(tag)])].join(' ')
}

function dataOf({ answer }: Kept): Uint8Array | string {
  return answer.data ?? ''
}

/** By Redis' own clock how old it is, so that clocks of gateways need not agree. */
function decode(place: Place, [meta, data, leftMs]: readonly Buffer[]): Kept {
  const { versions, changedAt, isAbsent, ...kept } = JSON.parse(String(meta)) as Meta
  const ageMs = kept.freshForMs + kept.staleForMs - Number(String(leftMs))
  return { place, answer: { data: isAbsent ? null : data!, versions, changedAt }, ...kept, ageMs }
}
