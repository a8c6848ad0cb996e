import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAcknowledgements, type DeliveredMessage } from './acknowledgements.ts'

function begin() {
  const told: string[] = []
  /** @param delivery Which time it comes. */
  const message = (sequence: number, delivery = 1): DeliveredMessage => {
    return { sequence, acknowledge: () => void told.push(`${sequence}, ${delivery}`) }
  }
  return { acknowledgements: createAcknowledgements(), message, told: () => told.splice(0) }
}

test('what comes again while a reader is stuck takes its own place, and the delivery that came last is acknowledged', () => {
  const { acknowledgements, message, told } = begin()
  acknowledgements.applied('stuck', 0)
  for (let delivery = 1; delivery <= 50; delivery++) {
    for (let sequence = 1; sequence <= 8; sequence++) acknowledgements.add(message(sequence, delivery), 10 * sequence)
  }
  assert.equal(acknowledgements.size, 8)
  acknowledgements.applied('stuck', 20)
  assert.deepEqual(told(), ['2, 50'])
  acknowledgements.applied('stuck', 80)
  assert.deepEqual(told(), ['8, 50'])
  assert.equal(acknowledgements.size, 0)
})

test('what comes again after it was acknowledged is acknowledged at once', () => {
  const { acknowledgements, message, told } = begin()
  acknowledgements.applied('a', 20)
  acknowledgements.add(message(1), 10)
  acknowledgements.add(message(2), 20)
  acknowledgements.applied('a', 20)
  assert.deepEqual(told(), ['2, 1'])
  acknowledgements.add(message(1, 2), 10)
  assert.deepEqual(told(), ['1, 2'])
  assert.equal(acknowledgements.size, 0)
})

test('after a subscription anew, what was there before waits for its effect although it comes behind what is new', () => {
  const { acknowledgements, message, told } = begin()
  acknowledgements.add(message(1), 10)
  acknowledgements.clear()
  acknowledgements.add(message(2), 20)
  acknowledgements.add(message(1, 2), 10)
  acknowledgements.applied('a', 9)
  assert.deepEqual(told(), [])
  acknowledgements.applied('a', 20)
  assert.deepEqual(told(), ['2, 1'], 'it stands for both')
  assert.equal(acknowledgements.size, 0)
})

test('a position behind the end of the log holds nothing back, one that came after the end was asked for does', () => {
  const { acknowledgements, message, told } = begin()
  acknowledgements.add(message(1), 10)
  acknowledgements.add(message(2), 9_000)
  acknowledgements.add(message(3), 20)
  const { newest } = acknowledgements
  acknowledgements.add(message(4), 30)
  acknowledgements.applied('a', 20)
  assert.deepEqual(told(), ['1, 1'])
  assert.equal(acknowledgements.passBeyond(20, newest), 1)
  assert.deepEqual(told(), ['3, 1'])
  assert.equal(acknowledgements.size, 1)
})

test('a message that brings nothing is acknowledged at once, or after those before it', () => {
  const { acknowledgements, message, told } = begin()
  acknowledgements.pass(message(1))
  assert.deepEqual(told(), ['1, 1'])
  acknowledgements.add(message(2), 10)
  acknowledgements.pass(message(3))
  assert.deepEqual(told(), [])
  acknowledgements.applied('a', 10)
  assert.deepEqual(told(), ['3, 1'])
})
