import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDescribed } from 'banyan/core'
import { shop } from './app.ts'

interface Described {
  readonly pattern?: string
  readonly format?: string
  readonly description?: string
  readonly examples?: readonly unknown[]
}

test('whatever a client can write in the wrong form has words for the form, and an example', () => {
  const operations = shop.services.flatMap(({ contract }) => Object.values(contract.operations))
  const found = operations.filter(({ http }) => http !== null).flatMap(({ input }) => patternsIn(input))
  assert.ok(found.length > 20, `only ${found.length} were seen`)
  const silent = found.filter((schema) => !isDescribed(schema) || !schema.examples?.length)
  assert.deepEqual(silent, [])
})

function patternsIn(schema: unknown): readonly Described[] {
  if (typeof schema !== 'object' || schema === null) return []
  const own = 'pattern' in schema || 'format' in schema ? [schema as Described] : []
  return [...own, ...Object.values(schema).flatMap(patternsIn)]
}
