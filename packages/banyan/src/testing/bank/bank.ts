import {
  accept,
  createCommandRunner,
  refuse,
  type CommandHandler,
  type CommandRunner,
  type SagaHooks,
} from '../../command/index.ts'
import {
  anonymous,
  defineCommand,
  defineContract,
  internal,
  reply,
  type Call,
  type InputOf,
} from '../../contract/index.ts'
import { defineErrors, noFaults, systemClock, systemRandom, type FaultPoints, Type } from '../../core/index.ts'
import { createDatabase, createShards, type DatabaseOptions, type Shards } from '../../data/index.ts'
import { silentLogger } from '../../observe/index.ts'

export const bankErrors = defineErrors('bank', {
  OVERDRAWN: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'Account {account} holds {balance}.',
  },
})

/** The smallest service with money in it: what the command transaction promises is tested on it. */
export const bank = defineContract({
  name: 'bank',
  errors: bankErrors,
  operations: {
    move: defineCommand({
      summary: 'Adds to a balance, or takes from it; never below zero.',
      input: Type.Object({ account: Type.String(), amount: Type.Integer() }),
      output: Type.Object({ account: Type.String(), balance: Type.Integer() }),
      errors: [bankErrors.OVERDRAWN],
      access: internal,
      outcome: 'key',
    }),
  },
  events: {},
})

type Move = InputOf<typeof bank.operations.move>
interface Balance {
  readonly account: string
  readonly balance: number
  readonly version: number
}

/** An amount whose save breaks the whole transaction, and one whose decision throws. */
export const POISON_SAVE = 666
export const POISON_DECIDE = 667

export const move: CommandHandler<Move, Omit<Balance, 'version'>, Map<string, Balance>, Balance> = {
  async load(tx, items) {
    const accounts = [...new Set(items.map((item) => item.input.account))]
    const rows = await tx.query<Balance>(
      'SELECT account, balance, version FROM balances WHERE account = ANY ($1) ORDER BY account FOR UPDATE',
      [accounts],
    )
    return new Map(rows.map((row) => [row.account, row]))
  },
  decide(state, { input: { account, amount } }) {
    const { balance, version } = state.get(account) ?? { balance: 0, version: 0 }
    if (amount === POISON_DECIDE) throw new TypeError('a bug in decide')
    if (balance + amount < 0) return refuse(bankErrors.OVERDRAWN({ account, balance }))
    const after = { account, balance: amount === POISON_SAVE ? -1 : balance + amount, version: version + 1 }
    const event = { type: 'bank.moved.v1', aggregateId: account, version: after.version, payload: { amount } }
    return accept(reply({ account, balance: after.balance }), [after], [event])
  },
  evolve: (state, change) => void state.set(change.account, change),
  save(tx, changes) {
    if (changes.some((change) => change.balance < 0)) tx.execute('SELECT 1 / 0')
    const last = [...new Map(changes.map((change) => [change.account, change])).values()]
    tx.execute(
      `INSERT INTO balances (account, balance, version)
       SELECT * FROM unnest($1::text[], $2::int[], $3::int[])
       ON CONFLICT (account) DO UPDATE SET balance = excluded.balance, version = excluded.version`,
      [last.map((one) => one.account), last.map((one) => one.balance), last.map((one) => one.version)],
    )
  },
}

export interface Bank extends AsyncDisposable {
  readonly shards: Shards
  readonly commands: CommandRunner
  move(input: Move, call?: Partial<Call>): Promise<{ readonly balance: number; readonly replayed: boolean }>
}

export interface BankOptions {
  readonly database: DatabaseOptions
  readonly connections?: number
  readonly sagas?: SagaHooks
  readonly faults?: FaultPoints
}

export function openBank({ database, connections = 8, sagas, faults = noFaults }: BankOptions): Bank {
  const shards = createShards([createDatabase({ ...database, limits: { connections } })])
  const commands = createCommandRunner({
    shards,
    fingerprintSecret: Buffer.alloc(32, 7),
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    sagas: sagas ?? null,
    faults,
    onAppend: () => undefined,
  })
  const run = commands.command('bank.move', bank.operations.move, move)
  return {
    shards,
    commands,
    async move(input, call) {
      const { data, replayed } = await run(input, { ...bankCall(), ...call })
      return { balance: data.balance, replayed }
    },
    async [Symbol.asyncDispose]() {
      await commands.drain()
      await shards.stop()
    },
  }
}

export function bankCall(): Call {
  return {
    principal: anonymous,
    key: null,
    deadlineAtMs: systemClock.monotonicMs() + 20_000,
    signal: new AbortController().signal,
    requestId: 'test',
    traceParent: null,
    saga: null,
    waitMs: 10_000,
    ifMatch: null,
  }
}
