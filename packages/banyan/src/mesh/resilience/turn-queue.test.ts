import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reply, type Call } from '../../contract/index.ts'
import { coreErrors, isError } from '../../core/index.ts'
import { createSimulatedClock } from '../simulated-clock.fixture.ts'
import { callIn } from './resilience.fixture.ts'
import { createTurnQueue } from './turn-queue.ts'

const MAX_WAIT_MS = 100

/** An event loop of which the test turns the crank; each call takes `costMs` of it. */
function setUp(costMs: number) {
  const clock = createSimulatedClock()
  const deferred: (() => void)[] = []
  const begun: string[] = []
  const refuse = () => coreErrors.OVERLOADED({ what: 'This process', limit: 'what it can do' })
  const defer = (task: () => void) => void deferred.push(task)
  let passedMs = 0
  const busy = { ...clock, monotonicMs: () => clock.monotonicMs() + passedMs }
  const queue = createTurnQueue({ clock: busy, defer, maxWaitMs: MAX_WAIT_MS, refuse })
  const begin = (name: string, urgency = 0, more: Partial<Call> = {}) =>
    queue
      .begin(urgency, callIn(busy, 5_000, more), () => {
        begun.push(name)
        passedMs += costMs
        return Promise.resolve(reply(name))
      })
      .then(
        () => 'answered',
        (error: unknown) => (isError(error, coreErrors.OVERLOADED) ? 'refused' : (error as { code: string }).code),
      )
  return {
    begin,
    begun,
    turn: () => deferred.splice(0).forEach((task) => task()),
    wait: (ms: number) => (passedMs += ms),
    deferred,
  }
}

test('what a turn has no time for is begun in the next ones, in order', async () => {
  const { begin, begun, turn, deferred } = setUp(4)
  const answers = Array.from({ length: 7 }, (_, index) => begin(`${index}`))
  assert.deepEqual(begun, ['0', '1', '2'], 'ten milliseconds')
  turn()
  assert.deepEqual(begun, ['0', '1', '2', '3', '4', '5'])
  answers.push(begin('later'))
  turn()
  assert.deepEqual(begun.slice(6), ['6', 'later'])
  assert.deepEqual(
    await Promise.all(answers),
    Array.from({ length: 8 }, () => 'answered'),
  )
  turn()
  assert.equal(deferred.length, 0, 'an idle process turns nothing')
})

test('steps of sagas are begun before reads, reads before new work', () => {
  const { begin, begun, turn } = setUp(4)
  for (const name of ['a', 'b', 'c']) void begin(name)
  void begin('new', 0)
  void begin('read', 1)
  void begin('step', 2)
  turn()
  assert.deepEqual(begun.slice(3), ['step', 'read', 'new'])
})

test('in an overload that lasts, who has waited too long is refused, and the time goes to who came last', async () => {
  const { begin, begun, turn } = setUp(4)
  const answers: Promise<string>[] = []
  for (let turns = 0; turns < 300; turns++) {
    for (let index = 0; index < 15; index++) answers.push(begin(`${turns}`))
    turn()
    if (turns > 20 && turns < 160)
      assert.equal(begun.at(-1), `${turns}`, 'while it may be a burst, the last to come begins first')
  }
  const later = await Promise.all(answers.slice(answers.length / 2, answers.length - 500))
  const share = later.filter((answer) => answer === 'answered').length / later.length
  assert.ok(share > 0.15 && share < 0.25, `${share} of what is five times too much`)
})

test('after so many refusals that nobody is late for a moment, the next ones are no burst', async () => {
  const { begin, turn, wait } = setUp(4)
  const flood = async () => {
    const answers = Array.from({ length: 600 }, () => begin('one'))
    for (let turns = 0; turns < 250; turns++) turn()
    return (await Promise.all(answers)).filter((answer) => answer === 'refused').length
  }
  assert.ok((await flood()) > 0)
  wait(200)
  assert.ok((await flood()) > 500)
  wait(2_500)
  assert.ok((await flood()) < 200)
})

test('a burst is served whole, however long the last of it has waited', async () => {
  const { begin, turn, wait } = setUp(4)
  const answers = Array.from({ length: 60 }, (_, index) => begin(`${index}`))
  wait(MAX_WAIT_MS + 1)
  for (let turns = 0; turns < 20; turns++) turn()
  assert.deepEqual(new Set(await Promise.all(answers)), new Set(['answered']))
})

test('whoever has gone meanwhile is not worked for', async () => {
  const { begin, begun, turn } = setUp(4)
  const abort = new AbortController()
  for (const name of ['a', 'b', 'c']) void begin(name)
  const gone = begin('gone', 0, { signal: abort.signal })
  const late = begin('late', 0, { deadlineAtMs: 0 })
  abort.abort()
  turn()
  assert.equal(begun.length, 3)
  assert.deepEqual(await Promise.all([gone, late]), ['api.CANCELLED', 'api.DEADLINE_EXCEEDED'])
})

test('more than may wait are refused at once', async () => {
  const { begin, begun } = setUp(4)
  for (let index = 0; index < 10_003; index++) void begin(`${index}`)
  assert.equal(await begin('one too many'), 'refused')
  assert.equal(begun.length, 3)
})
