import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSearch } from './search.ts'

const attributesOf = (text: string) => parseSearch(text).attributes?.map((document) => JSON.parse(document) as unknown)

test('words alone, attributes alone, both, neither', () => {
  assert.deepEqual(parseSearch('wireless mouse'), { words: 'wireless mouse', attributes: null })
  assert.deepEqual(parseSearch('colour:black'), { words: null, attributes: ['{"colour":"black"}'] })
  assert.deepEqual(parseSearch('  mouse  colour:black '), { words: 'mouse', attributes: ['{"colour":"black"}'] })
  assert.deepEqual(parseSearch(' \t '), { words: null, attributes: null })
})

test('a value that reads as a number or truth is looked for as such and as text', () => {
  assert.deepEqual(attributesOf('ram:16 boxed:true'), [
    { ram: 16, boxed: true },
    { ram: 16, boxed: 'true' },
    { ram: '16', boxed: true },
    { ram: '16', boxed: 'true' },
  ])
  assert.deepEqual(attributesOf('model:"16"'), [{ model: '16' }])
})

test('dots nest, quotes hold spaces, terms of one object meet in it', () => {
  assert.deepEqual(attributesOf('size.widthCm:30 size.unit:"centi metre"'), [
    { size: { widthCm: 30, unit: 'centi metre' } },
    { size: { widthCm: '30', unit: 'centi metre' } },
  ])
})

test('names that objects inherit are names like any other', () => {
  assert.deepEqual(parseSearch('constructor.name:x').attributes, ['{"constructor":{"name":"x"}}'])
})

test('the fifth attribute and what only looks like one are words', () => {
  const { words, attributes } = parseSearch('a:1 b:2 c:3 d:4 e:5 12:30 : x: "q"')
  assert.equal(words, 'e:5 12:30 : x: "q"')
  assert.equal(attributes?.length, 16)
})
