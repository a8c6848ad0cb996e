import type { Place } from '../layer.ts'

/** Another one where the scripts of a release could not share what those of the last have kept: in a rollout each has its own. */
const LAYOUT = 2

/** One hash tag: the keys of a script stand in one slot of a cluster. */
export function createNames(prefix: string) {
  const begin = `{${prefix}-cache-${LAYOUT}}`
  const tag = (name: string) => `${begin}t:${name}`
  const lease = (key: string) => `${begin}l:${key}`
  const everything = `${begin}all`
  const entry = (key: string) => `${begin}e:${key}`
  const of = ({ key, tags }: Place) => [entry(key), lease(key), everything, ...tags.map(tag)]
  return { tag, entry, lease, everything, of }
}
