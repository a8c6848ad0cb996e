import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Compile } from 'typebox/schema'
import { dollarsInVersion1, MAX_AMOUNT_MINOR, Money, MoneyV1 } from '../index.ts'

const { up, down } = dollarsInVersion1.replaces[0]! as unknown as {
  up: (dollars: number) => { amountMinor: number }
  down: (money: object) => number
}
const isMoney = Compile(Money)
const isDollars = Compile(MoneyV1)

function assertRoundTrip(cents: number): void {
  // The text that a client would write, not a division: the test must not share the code's arithmetic.
  const digits = String(cents).padStart(3, '0')
  const text = `${digits.slice(0, -2)}.${digits.slice(-2)}`
  const dollars = JSON.parse(text) as number
  assert.ok(isDollars.Check(dollars), text)
  assert.deepEqual(up(dollars), { amountMinor: cents, currency: 'USD' })
  const back = down({ amountMinor: cents, currency: 'USD' })
  assert.equal(back, dollars)
  assert.equal(Number(JSON.stringify(back)).toFixed(2), text.replace(/^0+(?=\d)/, ''))
}

// Run once (2026-11) over all 10⁹ amounts, with the text of each seventh: no failure. Here: each 9,973rd, and random ones.
test('every cent survives the way through version 1', () => {
  const stride = 9_973
  for (let cents = 0; cents <= 1_000_000_000; cents += stride) assertRoundTrip(cents)
  fc.assert(fc.property(fc.integer({ min: 0, max: MAX_AMOUNT_MINOR }), assertRoundTrip), { numRuns: 20_000 })
})

test('a number is refused exactly when its text has more than two decimals', () => {
  const amount = fc.tuple(fc.integer({ min: 0, max: 9_999_999 }), fc.integer({ min: 0, max: 99_999 }))
  fc.assert(
    fc.property(amount, ([whole, fraction]) => {
      const text = `${whole}.${String(fraction).padStart(5, '0')}`
      assert.equal(isDollars.Check(Number(text)), fraction % 1_000 === 0, text)
    }),
    { numRuns: 20_000 },
  )
})

test('whatever passes as dollars becomes valid money', () => {
  fc.assert(
    fc.property(fc.double({ min: -1, max: 1e11 }), (dollars) => {
      if (isDollars.Check(dollars)) assert.ok(isMoney.Check(up(dollars)))
    }),
  )
})
