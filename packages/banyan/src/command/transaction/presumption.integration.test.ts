import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { defineCommand, defineContract, internal, reply } from '../../contract/index.ts'
import { isError, systemClock, systemRandom, Type } from '../../core/index.ts'
import { createDatabase, createShards, type Database } from '../../data/index.ts'
import { silentLogger } from '../../observe/index.ts'
import { bankCall, bankErrors, platformMigrations, startTestPostgres, type TestPostgres } from '../../testing/index.ts'
import { accept, createCommandRunner, refuse, sagaErrors, type CommandHandler } from '../index.ts'

const BANK = platformMigrations('bank', new URL('../../testing/migrations/', import.meta.url))

const open = (outcome: 'key' | 'domain') =>
  defineCommand({
    summary: 'Opens an account that must not exist.',
    input: Type.Object({ account: Type.String() }),
    output: Type.Object({ account: Type.String() }),
    errors: [bankErrors.OVERDRAWN],
    access: internal,
    outcome,
  })
const contract = defineContract({
  name: 'bank',
  errors: bankErrors,
  operations: { open: open('key'), openStep: open('domain') },
  events: {},
})

type Input = { readonly account: string }
type Known = Set<string>

describe('a command that presumes that nothing is there', () => {
  let postgres: TestPostgres
  let database: Database
  let loads: string[]
  let transactions: number

  const handler: CommandHandler<Input, Input, Known, string> = {
    presume: () => new Set(),
    async load(tx, items) {
      const accounts = items.map(({ input }) => input.account)
      loads.push(...accounts)
      const rows = await tx.query<Input>('SELECT account FROM balances WHERE account = ANY ($1::text[])', [accounts])
      return new Set(rows.map((row) => row.account))
    },
    decide: (known, { input }) =>
      known.has(input.account)
        ? refuse(bankErrors.OVERDRAWN({ account: input.account, balance: 0 }))
        : accept(reply(input), [input.account]),
    evolve: (known, account) => void known.add(account),
    save(tx, accounts) {
      tx.execute('INSERT INTO balances SELECT account, 0, 1 FROM unnest($1::text[]) AS account', [accounts])
    },
  }

  /** A process of the service. */
  function openProcess() {
    const counting: Database = {
      ...database,
      transaction: (work, how) => (transactions++, database.transaction(work, how)),
    }
    const commands = createCommandRunner({
      shards: createShards([counting]),
      fingerprintSecret: Buffer.alloc(32, 7),
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
      sagas: null,
      onAppend: () => undefined,
    })
    const run = commands.command('bank.open', contract.operations.open, handler)
    const runStep = commands.command('bank.openStep', contract.operations.openStep, handler)
    return {
      open: (account: string, key: string) => run({ account }, { ...bankCall(), key }),
      openStep: (account: string, fence: number) =>
        runStep({ account }, { ...bankCall(), key: account, saga: { id: 'opening_1', step: 'open', fence } }),
    }
  }

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    database = createDatabase({ ...(await postgres.schema('bank', BANK)), limits: { connections: 8 } })
  })
  beforeEach(() => {
    loads = []
    transactions = 0
  })
  after(async () => {
    await database?.stop()
    await postgres?.stop()
  })

  test('what is new is written without reading, a whole batch in one transaction', async () => {
    const { open: openNew } = openProcess()
    const answers = await Promise.all(['a1', 'a2', 'a3'].map((account) => openNew(account, account)))
    assert.deepEqual(
      answers.map(({ data, replayed }) => [data.account, replayed]),
      [
        ['a1', false],
        ['a2', false],
        ['a3', false],
      ],
    )
    assert.deepEqual({ loads, transactions }, { loads: [], transactions: 1 })
  })

  test('a known key answers as it did, beside new ones that are carried out; then batches read first for a while', async () => {
    const first = openProcess()
    await first.open('b1', 'b1')
    const other = openProcess()
    const [known, fresh] = await Promise.all([other.open('b1', 'b1'), other.open('b2', 'b2')])
    assert.deepEqual([known.replayed, fresh.replayed], [true, false])
    assert.deepEqual(loads, ['b1', 'b2'])
    for (let index = 0; index < 17; index++) await other.open(`b-${index}`, `b-${index}`)
    assert.equal(loads.filter((account) => account.startsWith('b-')).length, 16)
  })

  test('a row that is there already is read and decided on', async () => {
    const { open: openNew } = openProcess()
    await openNew('c1', 'key of c1')
    const [refused, accepted] = await Promise.allSettled([openNew('c1', 'another key'), openNew('c2', 'c2')])
    assert.ok(refused.status === 'rejected' && isError(refused.reason, bankErrors.OVERDRAWN))
    assert.equal(accepted.status, 'fulfilled')
  })

  test('twins in two processes are carried out once', async () => {
    const [one, two] = [openProcess(), openProcess()]
    const accounts = Array.from({ length: 200 }, (_, index) => `d${index % 40}`)
    const answers = await Promise.all(accounts.map((account, index) => (index % 2 ? one : two).open(account, account)))
    assert.equal(answers.filter(({ replayed }) => !replayed).length, 40)
  })

  test('a step under a fence that has moved on is refused', async () => {
    const steps = openProcess()
    await steps.openStep('e1', 3)
    await assert.rejects(steps.openStep('e2', 2), (error) => isError(error, sagaErrors.FENCED))
    await steps.openStep('e3', 3)
    const rows = await database.query<Input>("SELECT account FROM balances WHERE account LIKE 'e%' ORDER BY account")
    assert.deepEqual(
      rows.map((row) => row.account),
      ['e1', 'e3'],
    )
  })
})
