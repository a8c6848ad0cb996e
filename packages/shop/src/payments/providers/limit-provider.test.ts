import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coreErrors, isError } from 'banyan/core'
import { limitProvider } from './limit-provider.ts'
import type { ChargeAnswer, PaymentProvider } from './provider.ts'
import { chargeOf } from './testing/provider-suite.ts'

const SIGNAL = new AbortController().signal

/** A provider that answers only when told to. */
function createHeldProvider() {
  const held: { answer: () => void; fail: () => void }[] = []
  const charge = () =>
    new Promise<ChargeAnswer>((resolve, reject) => {
      held.push({
        answer: () => resolve({ kind: 'captured', providerRef: null }),
        fail: () => reject(new Error('broken')),
      })
    })
  return { held, provider: { name: 'held', charge } as unknown as PaymentProvider }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('so many are on their way, the others wait in order, the rest are refused unsent', async () => {
  const { held, provider } = createHeldProvider()
  const limited = limitProvider(provider, { maxInFlight: 2, maxWaiting: 3 })
  const done: number[] = []
  const ask = (name: number) => limited.charge(chargeOf('pm'), SIGNAL).then(() => done.push(name))
  const all = [1, 2, 3, 4, 5].map(ask)
  await assert.rejects(limited.charge(chargeOf('pm'), SIGNAL), (error) => isError(error, coreErrors.OVERLOADED))
  assert.equal(held.length, 2)
  for (let index = 0; index < 5; index++) {
    held[index]!.answer()
    await settled()
    assert.ok(held.length <= Math.min(5, index + 3), 'more than two were on their way')
  }
  await Promise.all(all)
  assert.deepEqual(done, [1, 2, 3, 4, 5])
})

test('a failed request frees its place', async () => {
  const { held, provider } = createHeldProvider()
  const limited = limitProvider(provider, { maxInFlight: 1 })
  const first = limited.charge(chargeOf('pm'), SIGNAL)
  const second = limited.charge(chargeOf('pm'), SIGNAL)
  held[0]!.fail()
  await assert.rejects(first, /broken/)
  await settled()
  held[1]!.answer()
  assert.equal((await second).kind, 'captured')
  const third = limited.charge(chargeOf('pm'), SIGNAL)
  held[2]!.answer()
  assert.equal((await third).kind, 'captured')
})
