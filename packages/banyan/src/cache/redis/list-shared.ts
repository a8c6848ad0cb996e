import type { Random } from '../../core/index.ts'
import { NOTHING } from '../answer.ts'
import { parseKey, type CachedOperation } from '../cached-operation.ts'
import { digestOf, type KeptEntry, type KeptList } from '../kept-list.ts'
import type { CacheLayer, Place } from '../layer.ts'
import { sampleOf } from '../sample.ts'
import type { RedisClient } from './redis-client.ts'
import { createNames } from './redis-names.ts'

export interface SharedListOptions {
  readonly client: Pick<RedisClient, 'scan'>
  readonly layer: CacheLayer
  readonly prefix: string
  readonly random: Random
  readonly operations: ReadonlyMap<string, CachedOperation>
}

/** What gateways would be answered with by Redis: its entries, as the layer itself judges them. @throws when Redis does not answer */
export async function listShared(options: SharedListOptions): Promise<KeptList> {
  const { client, layer, prefix, operations, random } = options
  const beginning = createNames(prefix).entry('')
  const keys = new Set<string>()
  for await (const names of client.scan(beginning)) for (const name of names) keys.add(name.slice(beginning.length))
  const entries: KeptEntry[] = []
  const sample = sampleOf([...keys], random)
  for (const key of sample) {
    const place = placeOf(key, operations)
    const entry = place && (await look(layer, place))
    if (entry) entries.push(entry)
  }
  return { entries, count: keys.size - (sample.length - entries.length) }
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
