import { NOTHING } from '../answer.ts'
import { parseKey, type CachedOperation } from '../cached-operation.ts'
import { digestOf, type KeptEntry, type KeptList } from '../kept-list.ts'
import type { CacheLayer, Place } from '../layer.ts'
import type { RedisClient } from './redis-client.ts'
import { createNames } from './redis-names.ts'

export interface SharedListOptions {
  readonly client: Pick<RedisClient, 'scan'>
  readonly layer: CacheLayer
  readonly prefix: string
  readonly operations: ReadonlyMap<string, CachedOperation>
}

/** Most that a list names. */
const MAX_LISTED = 10_000

/** What gateways would be answered with by Redis: its entries, as the layer itself judges them. @throws when Redis does not answer */
export async function listShared({ client, layer, prefix, operations }: SharedListOptions): Promise<KeptList> {
  const beginning = createNames(prefix).entry('')
  const keys = new Set<string>()
  for await (const names of client.scan(beginning)) for (const name of names) keys.add(name.slice(beginning.length))
  const entries: KeptEntry[] = []
  let count = 0
  for (const key of keys) {
    const place = placeOf(key, operations)
    const entry = place && count < MAX_LISTED ? await look(layer, place) : null
    if (entry) entries.push(entry)
    if (entry || count >= MAX_LISTED) count += 1
  }
  return { entries, count }
}

/** `null`: of a release that kept something else. Nobody of this one asks for it. */
function placeOf(key: string, operations: SharedListOptions['operations']): Place | null {
  const { id = '', input = {} } = parseKey(key) ?? {}
  const operation = operations.get(id)
  return operation ? { key, tags: operation.tagsOf(input) } : null
}

async function look(layer: CacheLayer, place: Place): Promise<KeptEntry | null> {
  const opened = await layer.open(place, { after: NOTHING, force: false })
  if (opened.kind === 'kept') return { key: place.key, digest: digestOf(opened.kept.answer) }
  if (opened.kind === 'lease') await layer.release(opened.lease)
  return null
}
