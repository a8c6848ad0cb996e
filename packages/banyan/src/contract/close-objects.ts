import type { TSchema } from 'typebox'

/**
 * The same schema with `additionalProperties: false` on every object that lists its properties and does not say
 * otherwise, so that nothing is assigned by surprise. Returns the schema itself when nothing had to change.
 */
export function closeObjects<Schema extends TSchema>(schema: Schema): Schema {
  return close(schema) as Schema
}

function close(node: unknown): unknown {
  if (Array.isArray(node)) return keepSame(node, node.map(close))
  if (typeof node !== 'object' || node === null) return node
  const isOpenObject = 'properties' in node && !('additionalProperties' in node)
  const closed = isOpenObject ? withoutExtra(node) : node
  const copy = Object.create(Object.getPrototypeOf(node), Object.getOwnPropertyDescriptors(closed))
  let changed = isOpenObject
  for (const [name, value] of Object.entries(node)) {
    if (LITERAL_KEYWORDS.has(name)) continue
    copy[name] = close(value)
    changed ||= copy[name] !== value
  }
  return changed ? copy : node
}

// What these hold is data, not schema.
const LITERAL_KEYWORDS = new Set(['const', 'enum', 'default', 'examples'])

function withoutExtra(node: object): object {
  return Object.defineProperties({ additionalProperties: false }, Object.getOwnPropertyDescriptors(node))
}

function keepSame(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  return after.every((item, index) => item === before[index]) ? before : after
}
