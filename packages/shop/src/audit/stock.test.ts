import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Books, Reservation } from './books.ts'
import { auditReservations } from './stock.ts'

type State = Reservation['state']

test('sound pairs of order and reservation, on their way and at their end', () => {
  const { verdict, checked, rows } = look([
    ['confirmed', 'sold'],
    ['cancelled', 'released'],
    ['cancelled', 'returned'],
    ['cancelled', null],
    ['pending', null],
    ['pending', 'held'],
    ['cancelling', 'sold'],
  ])
  assert.deepEqual({ verdict, checked, rows }, { verdict: 'holds', checked: 7, rows: [] })
})

test('each unsound pair is named', () => {
  const { verdict, rows } = look([
    ['confirmed', null],
    ['confirmed', 'released'],
    ['confirmed', 'held'],
    ['cancelled', 'held'],
    ['cancelled', 'sold'],
  ])
  assert.equal(verdict, 'broken')
  assert.deepEqual(rows, [
    'order o0 is confirmed, its stock is nowhere, not sold',
    'order o1 is confirmed, its stock is released, not sold',
    'order o2 is confirmed, its stock is held, not sold',
    'order o3 is cancelled, its stock is held, not given back',
    'order o4 is cancelled, its stock is sold, not given back',
  ])
})

test('stock for an order that nobody knows', () => {
  const orders = new Map([['o0', { orderId: 'o0', status: 'confirmed', total: usd(500) }]])
  const reservations = new Map([
    ['o0', { orderId: 'o0', state: 'sold', total: usd(500) }],
    ['o1', { orderId: 'o1', state: 'held', total: usd(400) }],
    ['o2', { orderId: 'o2', state: 'released', total: usd(0) }],
  ])
  const { rows } = auditReservations({ orders, reservations } as unknown as Books)
  assert.deepEqual(rows, ['stock is held for o1, which is no order'])
})

function look(pairs: readonly (readonly [status: string, state: State | null])[]) {
  const orders = pairs.map(([status], index) => ({ orderId: `o${index}`, status, total: usd(500) }))
  const held = pairs.flatMap(([, state], index) => (state ? [{ orderId: `o${index}`, state, total: usd(500) }] : []))
  const byOrder = <T extends { readonly orderId: string }>(all: readonly T[]) =>
    new Map(all.map((one) => [one.orderId, one]))
  return auditReservations({ orders: byOrder(orders), reservations: byOrder(held) } as unknown as Books)
}

function usd(amountMinor: number) {
  return { amountMinor, currency: 'USD' as const }
}
