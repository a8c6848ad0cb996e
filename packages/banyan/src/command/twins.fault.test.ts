import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { anonymous } from '../contract/index.ts'
import { createDatabase, type DatabaseOptions } from '../data/index.ts'
import {
  platformMigrations,
  startBankProcess,
  startTestPostgres,
  type BankAnswer,
  type BankOrder,
  type BankProcess,
  type TestPostgres,
} from '../testing/index.ts'
import { lockNumber, scopeOf } from './lane/fingerprint.ts'

const TWINS = 1_000
const OTHERS = { kind: 'others', count: 400, atOnce: 8 } as const

describe('twins in two processes, each with four connections', () => {
  let postgres: TestPostgres
  let options: DatabaseOptions
  let banks: BankProcess[]

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    options = await postgres.schema(
      'bank',
      platformMigrations('bank', new URL('../testing/migrations/', import.meta.url)),
    )
    banks = await Promise.all([startBankProcess(options), startBankProcess(options)])
    await Promise.all(banks.map((bank, index) => bank.ask({ ...OTHERS, key: `warm-up ${index}` })))
  })
  after(async () => {
    for (const bank of banks ?? []) await bank.stop()
    await postgres?.stop()
  })

  test('1,000 calls of one key: one effect, equal answers, and other keys flow as if nothing were', async () => {
    const baseline = await askAll((index) => ({ ...OTHERS, key: `before ${index}` }))
    // A third twin, somewhere, is at the database and does not end.
    const release = await holdKey(options, 'hot')
    const twins = askAll(() => ({ kind: 'twins', key: 'hot', count: TWINS / 2, atOnce: TWINS / 2 }))
    const meanwhile = await askAll((index) => ({ ...OTHERS, key: `during ${index}` }))
    await release()
    const answers = await twins

    assert.deepEqual([...new Set(answers.flatMap(({ balances }) => balances))], [1])
    assert.equal(answers.flatMap(({ replayed }) => replayed).length, TWINS)
    assert.equal(answers.flatMap(({ replayed }) => replayed).filter((replayed) => !replayed).length, 1, 'one effect')
    for (const share of [0.5, 0.95]) {
      const [before, during] = [percentile(baseline, share), percentile(meanwhile, share)]
      // Generous: a shared machine is noisy, and waiting behind the held key would cost as long as it is held.
      assert.ok(during <= 4 * before + 40, `p${share * 100} of other keys rose from ${before} to ${during} ms`)
    }
  })

  test('a thousand more of the same key, when it has ended, all get the stored answer', async () => {
    const answers = await askAll(() => ({ kind: 'twins', key: 'hot', count: TWINS / 2, atOnce: 50 }))
    assert.deepEqual([...new Set(answers.flatMap(({ balances }) => balances))], [1])
    assert.ok(answers.flatMap(({ replayed }) => replayed).every(Boolean))
  })

  function askAll(orderFor: (index: number) => BankOrder): Promise<BankAnswer[]> {
    return Promise.all(banks.map((bank, index) => bank.ask(orderFor(index))))
  }
})

/** Takes the lock that a command of this key takes, as a process that is busy with it would. */
async function holdKey(options: DatabaseOptions, key: string): Promise<() => Promise<void>> {
  const database = createDatabase({ ...options, limits: { connections: 1 } })
  const number = lockNumber(`${scopeOf({ id: 'bank.move', pathParameters: [] }, {}, anonymous)} ${key}`)
  const held = Promise.withResolvers<void>()
  const done = Promise.withResolvers<void>()
  const holding = database.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [number])
    held.resolve()
    await done.promise
  })
  await held.promise
  return async () => {
    done.resolve()
    await holding
    await database.stop()
  }
}

function percentile(answers: readonly BankAnswer[], share: number): number {
  const sorted = answers.flatMap(({ tookMs }) => tookMs).toSorted((a, b) => a - b)
  return Math.round(sorted[Math.floor(sorted.length * share)]!)
}
