import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Settings } from 'typebox/system'
import { optionFaults, parseOptions } from './options.ts'
import { Type } from './type.ts'

const Size = Type.Integer({ minimum: 1, maximum: 9 })
const Schema = Type.Object(
  { colour: Type.Optional(Type.Enum(['red', 'blue'])), sizes: Type.Array(Size) },
  { additionalProperties: false },
)

test('every fault is told, not the first eight, each with the value, and the bound or what is allowed', () => {
  const faults = optionFaults(Schema, { colour: 'pink', sizes: Array.from({ length: 20 }, () => 10), shape: 'round' })
  assert.deepEqual(faults.slice(0, 3), [
    'The options must not have additional properties (shape); it may have colour, sizes, got them as they are.',
    `Option 'colour' must be one of red, blue, got "pink".`,
    "Option 'sizes.0' must be at most 9, got 10.",
  ])
  assert.equal(faults.length, 22)
  assert.equal(Settings.Get().maxErrors, 8, 'the limit of others stays')
})

test('a long value is shortened; options without a fault are frozen', () => {
  const [fault] = optionFaults(Schema, { colour: 'x'.repeat(10_000), sizes: [] })
  assert.ok(fault!.length < 200 && fault!.endsWith('….'), fault)
  assert.ok(Object.isFrozen(parseOptions('The box', Schema, { sizes: [3] })))
  assert.throws(() => parseOptions('The box', Schema, {}), /The box: The options must have required properties sizes/)
})
