import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeScript } from './script.ts'

const tools = { seed: 7, visits: 1_000 }
const all = (script = writeScript(tools)) => Array.from({ length: tools.visits }, (_, index) => script.visit(index))

test('a seed tells the same story again, in whatever order the visits come', () => {
  const backwards = writeScript(tools)
  const visits = Array.from({ length: tools.visits }, (_, at) => backwards.visit(tools.visits - 1 - at)).toReversed()
  assert.deepEqual(visits, all())
  assert.notDeepEqual(all(writeScript({ ...tools, seed: 8 })), all())
})

test('it holds everything that customers do, and more is wanted of what is scarce than there is', () => {
  const visits = all()
  const count = (does: (visit: (typeof visits)[number]) => boolean) => visits.filter(does).length
  const counts = {
    declined: count(({ paymentMethod }) => paymentMethod === 'pm_declined'),
    cancels: count(({ cancels }) => cancels),
    refunds: count(({ isRefunded }) => isRefunded),
    twice: count(({ clicksTwice }) => clicksTwice),
    repeats: count(({ repeats }) => repeats),
    newcomers: count(({ signsUp }) => signsUp),
    browsers: count(({ looksAt }) => looksAt.length > 0),
  }
  assert.ok(
    Object.values(counts).every((number) => number >= 3),
    JSON.stringify(counts),
  )
  const { stock, scarce } = writeScript(tools)
  for (const productId of scarce) {
    const wanted = visits.flatMap(({ lines }) => lines).filter((line) => line.productId === productId)
    assert.ok(wanted.reduce((sum, { quantity }) => sum + quantity, 0) > 2 * stock.get(productId)!)
  }
})
