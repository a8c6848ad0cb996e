import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { coreErrors, isError, type BanyanError } from '../core/index.ts'
import { logErrors } from '../log/index.ts'
import {
  bankErrors,
  openBank,
  platformMigrations,
  POISON_DECIDE,
  POISON_SAVE,
  startTestPostgres,
  type Bank,
  type TestPostgres,
} from '../testing/index.ts'

const BANK = platformMigrations('bank', new URL('../testing/migrations/', import.meta.url))

describe('the command transaction', () => {
  let postgres: TestPostgres
  let bank: Bank

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    bank = openBank({ database: await postgres.schema('bank', BANK) })
  })
  after(async () => {
    await bank?.[Symbol.asyncDispose]()
    await postgres?.stop()
  })

  test('a repeat of the key gets the first answer and changes nothing', async () => {
    const input = { account: 'repeat', amount: 5 }
    assert.deepEqual(await bank.move(input, { key: 'r1' }), { balance: 5, replayed: false })
    assert.deepEqual(await bank.move(input, { key: 'r1' }), { balance: 5, replayed: true })
    assert.equal(await balanceOf('repeat'), 5)
  })

  test('a declared error is an outcome too', async () => {
    const refused = (replayed: boolean) => (error: unknown) =>
      isError(error, bankErrors.OVERDRAWN) && (error as { replayed: boolean }).replayed === replayed
    await assert.rejects(bank.move({ account: 'poor', amount: -1 }, { key: 'p1' }), refused(false))
    await bank.move({ account: 'poor', amount: 10 }, { key: 'p2' })
    await assert.rejects(bank.move({ account: 'poor', amount: -1 }, { key: 'p1' }), refused(true))
    assert.equal(await balanceOf('poor'), 10)
  })

  test('the same key with another input is refused; the same input in another order of fields is not another', async () => {
    await bank.move({ account: 'reused', amount: 1 }, { key: 'k' })
    await assert.rejects(bank.move({ account: 'reused', amount: 2 }, { key: 'k' }), (error) =>
      isError(error, coreErrors.KEY_REUSED),
    )
    const turned = { amount: 1, account: 'reused' }
    assert.equal((await bank.move(turned, { key: 'k' })).replayed, true)
  })

  test('keys of two callers never meet', async () => {
    const as = (id: string) => ({ kind: 'user', id, role: 'customer', scopes: null, sessionId: null }) as const
    await bank.move({ account: 'own', amount: 1 }, { key: 'same', principal: as('1') })
    assert.equal((await bank.move({ account: 'own', amount: 1 }, { key: 'same', principal: as('2') })).replayed, false)
    assert.equal(await balanceOf('own'), 2)
  })

  test('twins at once run once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => bank.move({ account: 'twins', amount: 1 }, { key: 't' })),
    )
    assert.equal(await balanceOf('twins'), 1)
    assert.equal(answers.filter((answer) => !answer.replayed).length, 1)
  })

  test('an item that breaks the transaction fails alone, the others of its batch are carried out', async () => {
    const moves = Array.from({ length: 20 }, (_, index) =>
      bank.move({ account: `shared ${index % 4}`, amount: index === 7 ? POISON_SAVE : 1 }, { key: `s${index}` }),
    )
    const results = await Promise.allSettled(moves)
    const failed = results.flatMap((result, index) =>
      result.status === 'rejected' ? [{ index, error: result.reason as unknown }] : [],
    )
    assert.deepEqual(
      failed.map(({ index }) => index),
      [7],
    )
    assert.ok(isError(failed[0]!.error, coreErrors.INTERNAL))
    assert.equal(await sumOf('shared%'), 19)
  })

  test('an item whose event cannot be appended fails alone, and says why', async () => {
    const moves = ['one', 'half a pair \ud83c', 'two'].map((account, index) =>
      bank.move({ account: `odd ${account}`, amount: 1 }, { key: `o${index}` }).then(
        () => 'done',
        (error: unknown) =>
          isError(error, logErrors.INVALID_AGGREGATE_ID) ? (error as BanyanError).details.received : error,
      ),
    )
    assert.deepEqual(await Promise.all(moves), ['done', String.raw`"odd half a pair \ud83c"`, 'done'])
    assert.equal(await sumOf('odd%'), 2)
  })

  test('a decision that throws fails alone, without a second run of the others', async () => {
    const [bad, good] = await Promise.allSettled([
      bank.move({ account: 'bug', amount: POISON_DECIDE }, { key: 'b1' }),
      bank.move({ account: 'bug', amount: 3 }, { key: 'b2' }),
    ])
    assert.equal(bad.status, 'rejected')
    assert.equal(good.status, 'fulfilled')
    assert.equal(await balanceOf('bug'), 3)
  })

  test('events are committed with the change, their versions without gap', async () => {
    await Promise.all(
      Array.from({ length: 10 }, (_, index) => bank.move({ account: 'log', amount: 1 }, { key: `l${index}` })),
    )
    const rows = await bank.shards.root.query<{ version: number }>(
      `SELECT version FROM banyan_log WHERE aggregate_id = 'log' ORDER BY position`,
    )
    assert.deepEqual(
      rows.map((row) => row.version),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    )
  })

  test('a command that broke off leaves its key free, for every process', async () => {
    const broken = { account: 'broken', amount: POISON_SAVE }
    const call = { key: 'b1', waitMs: 50 }
    await using other = openBank({ database: await postgres.schema('bank', BANK) })
    for (const process of [bank, other, bank, other]) {
      const error: unknown = await process.move(broken, call).catch((reason: unknown) => reason)
      assert.ok(isError(error, coreErrors.INTERNAL), `expected the failure itself, got ${String(error)}`)
    }
  })

  test('a command that broke off has told nobody', async () => {
    await bank.move({ account: 'quiet', amount: 1 }, { key: 'q1' })
    await assert.rejects(bank.move({ account: 'quiet', amount: POISON_SAVE }, { key: 'q2' }))
    const rows = await bank.shards.root.query(`SELECT version FROM banyan_log WHERE aggregate_id = 'quiet'`)
    assert.deepEqual(rows, [{ version: 1 }])
  })

  test('a caller that gives up while it waits is told that nothing was done', async () => {
    const abort = new AbortController()
    const first = bank.move({ account: 'gone', amount: 1 }, { key: 'g1' })
    const second = bank.move({ account: 'gone', amount: 1 }, { key: 'g2', signal: abort.signal })
    abort.abort()
    await assert.rejects(second, (error) => isError(error, coreErrors.QUEUE_TIMEOUT))
    await first
    assert.equal(await balanceOf('gone'), 1)
  })

  async function balanceOf(account: string): Promise<number> {
    return sumOf(account)
  }

  async function sumOf(pattern: string): Promise<number> {
    const rows = await bank.shards.root.query<{ sum: number }>(
      'SELECT sum(balance)::int AS sum FROM balances WHERE account LIKE $1',
      [pattern],
    )
    return rows[0]!.sum
  }
})
