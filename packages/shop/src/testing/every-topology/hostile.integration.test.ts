import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { assembleCast, type Cast } from '../shop-suite/cast.ts'
import { subjects } from '../shop-suite/subjects.ts'
import { createHostileCell, type RunningHostileCell } from './in-process-cells.ts'

/** What moves money, stock and events; `npm run test:topologies` plays all of the suite, everywhere. */
const MOVING = [
  'checkout confirmed',
  'card declined, stock back',
  'cancel, stock and money back',
  'same key twice, and at once',
  'order history',
  'refunds by the admin',
]

describe('the shop in a hostile place', () => {
  let shop: RunningHostileCell
  let cast: Cast

  before(async () => {
    shop = await createHostileCell(20, ['one']).start()
    cast = await assembleCast(shop)
  })
  after(() => shop[Symbol.asyncDispose]())

  for (const name of MOVING) test(name, () => subjects.find((subject) => subject.name === name)!.run(cast))

  test('afterwards the books are right, and no repeated call was answered otherwise', async () => {
    assert.deepEqual(await shop.faults(), [])
  })

  test('it was hostile: calls of each kind were repeated; events came doubled, out of order and not at all', () => {
    for (const [what, count] of Object.entries({ ...shop.repeated, ...shop.delivered })) {
      assert.ok(count > 0, `${what}: ${count}`)
    }
  })
})
