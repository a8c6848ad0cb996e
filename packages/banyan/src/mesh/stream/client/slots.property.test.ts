import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MalformedFrame } from '../frame/frame.ts'
import { Slots } from './slots.ts'

interface Call {
  readonly name: number
}

test('an answer reaches the call it is of, and nobody when that was given up', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('call', 'answer', 'give up'), fc.nat()), { maxLength: 200 })
  fc.assert(
    fc.property(steps, (all) => {
      const slots = new Slots<Call>()
      const sent: { readonly number: number; readonly call: Call; isAwaited: boolean }[] = []
      for (const [step, at] of all) {
        const one = sent[at % Math.max(1, sent.length)]
        if (step === 'call') {
          const call = { name: sent.length }
          sent.push({ number: slots.next, call, isAwaited: true })
          slots.take(call)
        } else if (step === 'answer' && one) {
          assert.equal(slots.release(one.number), one.isAwaited ? one.call : null)
          sent.splice(sent.indexOf(one), 1)
        } else if (one) {
          assert.equal(slots.giveUp(one.number, one.call), one.isAwaited)
          one.isAwaited = false
        }
        assert.equal(slots.size, sent.length)
        assert.equal(new Set(sent.map(({ number }) => number)).size, sent.length, 'no number stands for two calls')
      }
      assert.deepEqual(
        new Set(slots.clear()),
        new Set(sent.filter(({ isAwaited }) => isAwaited).map(({ call }) => call)),
      )
    }),
  )
})

test('numbers are used again, so that there are never more than calls at once', () => {
  const slots = new Slots<Call>()
  for (let name = 0; name < 1_000; name++) {
    assert.equal(slots.next, 0)
    slots.take({ name })
    slots.release(0)
  }
})

test('an answer to a call that was never made, or was answered already, breaks the protocol', () => {
  const slots = new Slots<Call>()
  assert.throws(() => slots.release(0), MalformedFrame)
  slots.take({ name: 0 })
  slots.release(0)
  assert.throws(() => slots.release(0), MalformedFrame)
})
