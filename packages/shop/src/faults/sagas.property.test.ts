import { test } from 'node:test'
import { assertPureSaga } from 'banyan/testing'
import { cancelSaga } from '../orders/cancel-saga.ts'
import { checkout } from '../orders/checkout.ts'
import { payments } from '../payments/contract.ts'
import { products } from '../products/contract.ts'

test('checkout asks for the same calls whenever it is run again', () => {
  const { reserveStock } = products.operations
  const { charge } = payments.operations
  assertPureSaga(checkout, { results: { reserve: reserveStock.output, charge: charge.output } })
})

test('so does a cancellation', () => {
  assertPureSaga(cancelSaga, { results: {} })
})
