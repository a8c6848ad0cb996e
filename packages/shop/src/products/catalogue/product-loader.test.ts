import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coreErrors } from 'banyan/core'
import { refused } from '../../testing/refused.ts'
import { createProductLoader } from './product-loader.ts'
import type { ProductRecord } from './product.ts'

test('what is asked for in one turn goes out as one read, each id once', async () => {
  const { reads, read } = recordedReads()
  const { load } = createProductLoader({ read })
  const records = await Promise.all(['1', '2', '1', '3'].map(load))
  assert.deepEqual(
    records.map((record) => record?.id),
    ['1', '2', '1', '3'],
  )
  assert.deepEqual(reads, [['1', '2', '3']])
})

test('what is asked for while reads run gathers, in batches of at most the bound', async () => {
  const gate = Promise.withResolvers<void>()
  const { reads, read } = recordedReads(gate.promise)
  const { load } = createProductLoader({ read, maxBatch: 3, maxInFlight: 1 })
  const first = load('0')
  await new Promise(setImmediate)
  const rest = ['1', '2', '3', '4'].map(load)
  gate.resolve()
  await Promise.all([first, ...rest])
  assert.deepEqual(reads, [['0'], ['1', '2', '3'], ['4']])
})

test('a read never joins a statement that has left: it would miss what was committed since', async () => {
  const gate = Promise.withResolvers<void>()
  const { reads, read } = recordedReads(gate.promise)
  const { load } = createProductLoader({ read })
  const before = load('1')
  await new Promise(setImmediate)
  const after = load('1')
  await new Promise(setImmediate)
  gate.resolve()
  await Promise.all([before, after])
  assert.deepEqual(reads, [['1'], ['1']])
})

test('a product that is missing is undefined; a read that fails fails those that asked, and the next goes on', async () => {
  let fails = true
  const { load } = createProductLoader({
    read: () => (fails ? Promise.reject(coreErrors.UNAVAILABLE({ what: 'database' })) : Promise.resolve([])),
  })
  await Promise.all([refused(load('1'), coreErrors.UNAVAILABLE), refused(load('2'), coreErrors.UNAVAILABLE)])
  fails = false
  assert.equal(await load('1'), undefined)
})

test('beyond the bound of those waiting, a read is refused at once', async () => {
  const { read } = recordedReads()
  const { load } = createProductLoader({ read, maxWaiting: 2 })
  const waiting = ['1', '2'].map(load)
  assert.throws(
    () => load('3'),
    ({ code }) => code === coreErrors.OVERLOADED.code,
  )
  await Promise.all([...waiting, load('2')])
})

function recordedReads(gate: Promise<void> = Promise.resolve()) {
  const reads: (readonly string[])[] = []
  const read = async (ids: readonly string[]) => {
    reads.push(ids)
    await gate
    return ids.map((id) => ({ id }) as ProductRecord)
  }
  return { reads, read }
}
