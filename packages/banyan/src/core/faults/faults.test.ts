import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { coreErrors } from '../core-errors.ts'
import { isError } from '../errors.ts'
import { createSeededRandom } from '../seeded-random.ts'
import { systemClock } from '../clock.ts'
import { armFaults, type ArmOptions } from './arm-faults.ts'
import { parseFaults } from './armed-fault.ts'
import { FaultInjected, noFaults } from './fault-points.ts'
import { faultPoints } from './points.ts'

test('the text of the setting: point, subject, action, when', () => {
  const text = 'command.committed(orders.placeOrder)=exit#3; saga.step-before=delay:500@0.1;relay.published=hang'
  assert.deepEqual(parseFaults(text), [
    {
      point: 'command.committed',
      subject: 'orders.placeOrder',
      action: { kind: 'exit' },
      timing: { kind: 'nth', nth: 3 },
    },
    {
      point: 'saga.step-before',
      subject: null,
      action: { kind: 'delay', ms: 500 },
      timing: { kind: 'chance', probability: 0.1 },
    },
    { point: 'relay.published', subject: null, action: { kind: 'hang' }, timing: { kind: 'nth', nth: 1 } },
  ])
})

test('every fault of a text that makes no sense is named', () => {
  const text =
    'nowhere=exit;command.claimed;command.claimed=vanish;command.committed=throw;command.claimed=commit-then-throw'
  assert.throws(
    () => parseFaults(text),
    (error: Error) =>
      isError(error, coreErrors.INVALID_OPTIONS) &&
      /nowhere is no fault point; there are gateway\.request-accepted,/.test(error.message) &&
      /"command\.claimed" must look like/.test(error.message) &&
      /vanish is none of exit, throw,/.test(error.message) &&
      /command\.committed follows a COMMIT: ask for commit-then-throw\./.test(error.message) &&
      /command\.claimed follows no COMMIT: ask for throw\./.test(error.message),
  )
})

test('a point acts the n-th time it is reached, for its subject only, and only when the claim is won', async () => {
  const { points, claimed } = arm('command.claimed(a)=throw#2')
  await points.reach('command.claimed', 'a')
  await points.reach('command.claimed', 'b')
  await points.reach('command.effect-done', 'a')
  await assert.rejects(points.reach('command.claimed', 'a'), FaultInjected)
  await points.reach('command.claimed', 'a')
  assert.deepEqual(claimed, [0])
  const lost = arm('command.claimed=throw', { claim: () => false })
  await lost.points.reach('command.claimed', 'a')
})

test('with a probability it acts again and again, by the random numbers it is given', async () => {
  const { points, claimed } = arm('command.claimed=delay:0@0.5')
  for (let time = 0; time < 200; time++) await points.reach('command.claimed')
  assert.ok(claimed.length > 70 && claimed.length < 130, String(claimed.length))
})

test('delay goes on after so many milliseconds; throw and commit-then-throw name the point', async () => {
  const slept: number[] = []
  const clock = { ...systemClock, sleep: async (ms: number) => void slept.push(ms) }
  const { points } = arm('command.claimed=delay:500;command.effect-done=throw;command.committed=commit-then-throw', {
    clock,
  })
  await points.reach('command.claimed')
  assert.deepEqual(slept, [500])
  await assert.rejects(points.reach('command.effect-done'), /command\.effect-done/)
  await assert.rejects(points.reach('command.committed'), /command\.committed/)
})

test('exit ends the process and goes no further; hang goes no further', async () => {
  const { points, kills } = arm('command.claimed=exit;command.effect-done=hang')
  const after: string[] = []
  void points.reach('command.claimed').then(() => after.push('exit'))
  void points.reach('command.effect-done').then(() => after.push('hang'))
  await nextTurn()
  assert.deepEqual([kills(), after], [1, []])
})

test('nothing armed is frozen, and says so', () => {
  assert.equal(armFaults(options('')).isArmed, false)
  assert.ok(Object.isFrozen(noFaults) && !noFaults.isArmed)
})

test('every point says what it stands between', () => {
  for (const { between } of Object.values(faultPoints)) assert.match(between, /^[A-Z].{20,}\.$/)
})

function options(text: string, changes: Partial<ArmOptions> = {}): ArmOptions {
  const random = createSeededRandom(1)
  return { faults: parseFaults(text), clock: systemClock, random, claim: () => true, kill: () => undefined, ...changes }
}

function arm(text: string, changes: Partial<ArmOptions> = {}) {
  const claimed: number[] = []
  let killed = 0
  const note = (index: number) => claimed.push(index) > 0
  const points = armFaults(options(text, { claim: note, kill: () => void killed++, ...changes }))
  return { points, claimed, kills: () => killed }
}
