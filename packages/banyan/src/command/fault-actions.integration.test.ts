import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import {
  armFaults,
  coreErrors,
  isError,
  parseFaults,
  systemClock,
  systemRandom,
  type BanyanError,
} from '../core/index.ts'
import { createDatabase, type Database, type DatabaseOptions } from '../data/index.ts'
import { openBank, platformMigrations, startTestPostgres, type TestPostgres } from '../testing/index.ts'

const BANK = platformMigrations('bank', new URL('../testing/migrations/', import.meta.url))
const INPUT = { account: 'a', amount: 1 }
const KEY = { key: 'one' }

describe('faults of a command', () => {
  let postgres: TestPostgres
  let options: DatabaseOptions
  let database: Database
  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    options = await postgres.schema('bank', BANK)
    database = createDatabase(options)
  })
  after(async () => {
    await database?.stop()
    await postgres?.stop()
  })
  beforeEach(() => database.query('TRUNCATE balances, banyan_log, banyan_keys'))

  test('commit-then-throw: everything is there, and the caller finds the answer by its key', async () => {
    await using bank = open('command.committed=commit-then-throw')
    assert.deepEqual(await bank.move(INPUT, KEY), { balance: 1, replayed: true })
    assert.deepEqual(await stored(), { moved: 1, events: 1, keys: 1 })
  })

  for (const point of ['command.claimed', 'command.effect-done']) {
    test(`throw at ${point}: nothing is left, the caller may repeat under the key, and then it is done once`, async () => {
      await using bank = open(`${point}=throw`)
      await assert.rejects(
        bank.move(INPUT, KEY),
        (error) => isError(error, coreErrors.INTERNAL) && (error as BanyanError).retry === 'same-key',
      )
      assert.deepEqual(await stored(), { moved: null, events: 0, keys: 0 })
      assert.deepEqual(await bank.move(INPUT, KEY), { balance: 1, replayed: false })
      assert.deepEqual(await stored(), { moved: 1, events: 1, keys: 1 })
    })
  }

  function open(faults: string) {
    const tools = { clock: systemClock, random: systemRandom, claim: () => true, kill: () => undefined }
    return openBank({ database: options, faults: armFaults({ ...tools, faults: parseFaults(faults) }) })
  }

  async function stored() {
    const [row] = await database.query<{ moved: number | null; events: number; keys: number }>(
      `SELECT (SELECT sum(balance)::int FROM balances) AS moved, (SELECT count(*)::int FROM banyan_log) AS events,
              (SELECT count(*)::int FROM banyan_keys) AS keys`,
    )
    return row!
  }
})
