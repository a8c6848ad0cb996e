import type { TSchema } from 'typebox'
import { copySchema, mapSchema } from './map-schema.ts'

/**
 * The same schema with `additionalProperties: false` on every object that lists its properties and does not say
 * otherwise, so that nothing is assigned by surprise.
 */
export function closeObjects<Schema extends TSchema>(schema: Schema): Schema {
  return mapSchema(schema, (node) => {
    const isOpen = node.properties !== undefined && node.additionalProperties === undefined
    return { schema: isOpen ? copySchema(node, { additionalProperties: false }) : node, descend: true }
  })
}
