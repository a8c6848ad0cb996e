import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_AMOUNT_MINOR } from 'banyan/contract'
import { decideReserve } from './reservation.ts'
import { applyChange, createStockBook } from './stock-book.ts'

const level = { productId: '1', onHand: 1_000_000, reserved: 0, version: 1, movements: 1, events: 1 }

test('an order whose total could not be written down is refused before it holds anything', () => {
  const book = createStockBook([level], [])
  const offers = new Map([['1', { name: 'Yacht', priceMinor: MAX_AMOUNT_MINOR }]])
  const decision = decideReserve(book, offers, { orderId: 'a', items: [{ productId: '1', quantity: 2 }] })
  assert.ok(decision.kind === 'refuse')
  assert.equal(decision.error.code, 'products.TOTAL_TOO_LARGE')
  assert.deepEqual(decision.changes, [])
})

test('a product that has left the catalogue is unknown although its stock row is there', () => {
  const decision = decideReserve(createStockBook([level], []), new Map(), {
    orderId: 'a',
    items: [{ productId: '1', quantity: 1 }],
  })
  assert.ok(decision.kind === 'refuse')
  assert.equal(decision.error.code, 'products.UNKNOWN_PRODUCT')
})

test('the closings: what each does to hand, reserved and ledger', () => {
  const reserved = () => {
    const book = createStockBook([level], [])
    applyChange(book, {
      kind: 'reserve',
      orderId: 'a',
      lines: [{ productId: '1', name: 'Lamp', quantity: 3, unitPrice: { amountMinor: 100, currency: 'USD' } }],
    })
    return book
  }
  const after = (...kinds: readonly ('release' | 'return')[]) => {
    const book = reserved()
    for (const kind of kinds) applyChange(book, { kind, orderId: 'a' })
    const { onHand, reserved: held } = book.levels.get('1')!
    return [book.reservations.get('a')!.state, level.onHand - onHand, held, book.movements.map(({ kind }) => kind)]
  }
  assert.deepEqual(after(), ['held', 0, 3, []])
  assert.deepEqual(after('release'), ['released', 0, 0, []])
  assert.deepEqual(after('return'), ['returned', -3, 3, ['returned']])
})
