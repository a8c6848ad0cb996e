import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coreErrors, isError } from '../../core/index.ts'
import { createCursor, toPage } from './cursor.ts'

const cursor = createCursor('users', /^[1-9][0-9]{0,17}$/)

test('a cursor brings its position back', () => {
  assert.equal(cursor.decode(cursor.encode('42')), '42')
  assert.equal(cursor.decode(undefined), null)
})

test('what this list did not make is refused with its pointer', () => {
  const others = [
    '',
    'x',
    '42',
    cursor.encode('0'),
    cursor.encode('1 OR 1=1'),
    cursor.encode('1'.repeat(19)),
    `${cursor.encode('42')}=`,
    ` ${cursor.encode('42')}`,
    createCursor('products', /./).encode('42'),
  ]
  for (const other of others) {
    assert.throws(
      () => cursor.decode(other),
      (error) => isError(error, coreErrors.INVALID_INPUT) && JSON.stringify(error).includes('"/cursor"'),
      other,
    )
  }
})

test('a page names the next one exactly when there is more', () => {
  assert.deepEqual(toPage([1, 2, 3], 2, String), { items: [1, 2], nextCursor: '2' })
  assert.deepEqual(toPage([1, 2], 2, String), { items: [1, 2], nextCursor: null })
  assert.deepEqual(toPage([], 2, String), { items: [], nextCursor: null })
})
