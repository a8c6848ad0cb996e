import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decideRelease, decideReserve } from './reservation.ts'
import { decideSetStock } from './set-stock.ts'
import { applyChange, createStockBook, type ReservationState, type StockBook, type StockChange } from './stock-book.ts'

const PRODUCTS = ['1', '2', '3']
const ORDERS = ['a', 'b', 'c', 'd', 'e']
const INITIAL = 10
const OFFERS = new Map(PRODUCTS.map((id) => [id, { name: `Product ${id}`, priceMinor: 100 * Number(id) }]))

type Step =
  | { kind: 'reserve'; orderId: string; items: { productId: string; quantity: number }[] }
  | { kind: 'release'; orderId: string }
  | { kind: 'sell'; orderId: string }
  | { kind: 'set'; productId: string; onHand: number }

const orderId = fc.constantFrom(...ORDERS)
const productId = fc.constantFrom(...PRODUCTS)
const item = fc.record({ productId, quantity: fc.integer({ min: 1, max: 6 }) })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('reserve' as const), orderId, items: fc.array(item, { minLength: 1, maxLength: 4 }) }),
  fc.record({ kind: fc.constant('release' as const), orderId }),
  fc.record({ kind: fc.constant('sell' as const), orderId }),
  fc.record({ kind: fc.constant('set' as const), productId, onHand: fc.integer({ min: 0, max: 20 }) }),
)
// Long enough that orders are reserved, sold and returned, which short runs almost never reach.
const steps = fc.array(step, { maxLength: 60, size: 'max' })

test('whatever happens in whatever order, the books agree at every step (I4)', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const book = openBook()
      for (const one of all) {
        run(book, one)
        assertBalanced(book)
      }
    }),
  )
})

test('a batch over one book ends where the steps end one by one, each over what the one before saved', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const batch = openBook()
      const answers = all.map((one) => run(batch, one))
      let book = openBook()
      const movements = []
      const alone = []
      for (const one of all) {
        alone.push(run(book, one))
        movements.push(...book.movements)
        book = createStockBook([...book.levels.values()], [...book.reservations.values()])
      }
      assert.deepEqual(answers, alone)
      assert.deepEqual(batch.levels, book.levels)
      assert.deepEqual(batch.reservations, book.reservations)
      assert.deepEqual(batch.movements, movements)
    }),
  )
})

test('a step that is repeated at once answers the same and changes nothing more', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const book = openBook()
      for (const one of all) {
        const first = run(book, one)
        const before = snapshot(book)
        assert.deepEqual(run(book, one), first)
        assert.deepEqual(snapshot(book), before)
      }
    }),
  )
})

function openBook(): StockBook {
  const levels = PRODUCTS.map((id) => ({
    productId: id,
    onHand: INITIAL,
    reserved: 0,
    version: 1,
    movements: 1,
    events: 1,
  }))
  return createStockBook(levels, [])
}

/** Decides one step and carries its changes into the book; the answer, or the code of the refusal. */
function run(book: StockBook, one: Step): unknown {
  if (one.kind === 'sell') return sell(book, one.orderId)
  const decision = decide(book, one)
  if (decision.kind === 'refuse') return decision.error.code
  apply(book, decision.changes)
  return decision.reply.data
}

function decide(book: StockBook, one: Exclude<Step, { kind: 'sell' }>) {
  if (one.kind === 'reserve') return decideReserve(book, OFFERS, one)
  if (one.kind === 'set') return decideSetStock(book, { ...one, ifMatch: null, now: '2026-01-15T10:30:00.000Z' })
  return decideRelease(book, one.orderId)
}

/** What sell-reserved.ts does in the tables; that it does is shown over the database (stock-batches.property.test.ts). */
function sell(book: StockBook, orderId: string): void {
  const reservation = book.reservations.get(orderId)
  if (reservation?.state !== 'held') return
  for (const { productId, quantity } of reservation.lines) {
    const { onHand, reserved, version, movements, ...level } = book.levels.get(productId)!
    const sold = { onHand: onHand - quantity, reserved: reserved - quantity, version: version + 1 }
    book.levels.set(productId, { ...level, ...sold, movements: movements + 1 })
    book.movements.push({ productId, number: movements + 1, kind: 'sold', quantity: -quantity, orderId })
  }
  book.reservations.set(orderId, { ...reservation, state: 'sold' })
}

function apply(book: StockBook, changes: readonly StockChange[]): void {
  for (const change of changes) applyChange(book, change)
}

function snapshot(book: StockBook): unknown {
  return structuredClone({ levels: book.levels, reservations: book.reservations, movements: book.movements })
}

function assertBalanced(book: StockBook): void {
  for (const level of book.levels.values()) {
    const movements = book.movements.filter((movement) => movement.productId === level.productId)
    const set = movements.filter(({ orderId }) => orderId === null)
    assert.equal(level.onHand, INITIAL + sum(movements.map(({ quantity }) => quantity)))
    assert.equal(
      level.onHand,
      INITIAL + sum(set.map(({ quantity }) => quantity)) - unitsIn(book, 'sold', level.productId),
    )
    assert.equal(level.reserved, unitsIn(book, 'held', level.productId))
    assert.ok(level.reserved >= 0 && level.reserved <= level.onHand)
    assert.deepEqual(
      movements.map(({ number }) => number),
      movements.map((_, index) => index + 2),
    )
  }
}

function unitsIn(book: StockBook, state: ReservationState, productId: string): number {
  const reservations = [...book.reservations.values()].filter((reservation) => reservation.state === state)
  const lines = reservations.flatMap((reservation) => reservation.lines.filter((line) => line.productId === productId))
  return sum(lines.map(({ quantity }) => quantity))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
