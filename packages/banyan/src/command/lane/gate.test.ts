import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { systemClock, type Clock } from '../../core/index.ts'
import { createGate, type Pass } from './gate.ts'

/** A clock whose timers fire when the test says so. */
function manualClock() {
  const timers = new Set<() => void>()
  const clock: Clock = {
    ...systemClock,
    schedule(_, task) {
      timers.add(task)
      return () => timers.delete(task)
    },
  }
  return { clock, fire: () => timers.forEach((task) => task()), pending: () => timers.size }
}

test('so many at a time, the others in order of arrival, a turn after room was made', async () => {
  const gate = createGate({ clock: manualClock().clock, width: 2 })
  const entered: string[] = []
  const enter = async (name: string): Promise<Pass> => {
    const pass = await gate.enter()
    entered.push(name)
    return pass
  }
  const [first] = [enter('a'), enter('b'), enter('c'), enter('d')]
  await nextTurn()
  assert.deepEqual(entered, ['a', 'b'])
  ;(await first).leave()
  assert.deepEqual(entered, ['a', 'b'], 'what was set free may still join those that wait')
  await nextTurn()
  await nextTurn()
  assert.deepEqual(entered, ['a', 'b', 'c'])
})

test('one that takes too long makes room once, and its leaving makes no second room', async () => {
  const { clock, fire, pending } = manualClock()
  const gate = createGate({ clock, width: 1 })
  const slow = await gate.enter()
  const second = gate.enter()
  fire()
  await nextTurn()
  const pass = await second
  slow.leave()
  let third = false
  void gate.enter().then(() => (third = true))
  await nextTurn()
  assert.equal(third, false, 'the second is still inside')
  pass.leave()
  await nextTurn()
  await nextTurn()
  assert.equal(third, true)
  assert.equal(pending(), 1, 'only the one inside has a timer')
})
