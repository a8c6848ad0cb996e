import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attributesFault } from '../products/catalogue/attributes.ts'
import { demoCatalogue } from './demo-catalogue.ts'

const catalogue = demoCatalogue()

test('a thousand products in ten categories, each with a name of its own, the same every time', () => {
  assert.equal(catalogue.length, 1_000)
  assert.equal(new Set(catalogue.map(({ name }) => name)).size, 1_000)
  assert.equal(new Set(catalogue.map(({ category }) => category)).size, 10)
  assert.deepEqual(demoCatalogue(), catalogue)
})

test('the first page of ten shows every category', () => {
  assert.equal(new Set(catalogue.slice(0, 10).map(({ category }) => category)).size, 10)
})

test('each product keeps the bounds of the contract and has stock, a price and searchable attributes', () => {
  for (const product of catalogue) {
    assert.equal(attributesFault(product.attributes), null)
    assert.ok(product.name.length <= 200 && product.description.length > 40)
    assert.ok(Number.isSafeInteger(product.price.amountMinor) && product.price.amountMinor >= 900)
    assert.ok(product.onHand >= 50)
    assert.ok(Object.keys(product.attributes).length >= 3)
  }
})
