import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Principal } from '../contract/index.ts'
import { coreErrors, isDeclared, isError } from '../core/index.ts'
import {
  type Bank,
  bankErrors,
  openBank,
  platformMigrations,
  POISON_SAVE,
  simulate,
  startPostgresProxy,
  startTestPostgres,
} from '../testing/index.ts'

const BANK = platformMigrations('bank', new URL('../testing/migrations/', import.meta.url))

interface Move {
  readonly process: number
  readonly caller: string
  readonly key: string
  readonly account: string
  readonly amount: number
}

const move: fc.Arbitrary<Move> = fc.record({
  process: fc.nat(1),
  caller: fc.constantFrom('1', '2'),
  key: fc.constantFrom('k1', 'k2', 'k3'),
  account: fc.constantFrom('a', 'b'),
  // Mostly one and the same, so that a key often comes with its input again.
  amount: fc.constantFrom(5, 5, 5, 5, -7, POISON_SAVE),
})
interface Wave {
  readonly moves: readonly Move[]
  /** Of which process the answer to the next COMMIT is lost. */
  readonly loses: number | null
}
const waves: fc.Arbitrary<readonly Wave[]> = fc.array(
  fc.record({ moves: fc.array(move, { minLength: 1, maxLength: 6 }), loses: fc.constantFrom(0, 1, null, null) }),
  { minLength: 1, maxLength: 6 },
)

test('keys used again by anybody, in two processes, with lost commits: one effect each, equal answers, none stuck', async (t) => {
  await using postgres = await startTestPostgres({ fsync: false })
  const options = await postgres.schema('bank', BANK)
  await using first = await startPostgresProxy(postgres.connection)
  await using second = await startPostgresProxy(postgres.connection)
  const proxies = [first, second]
  let round = 0
  /** Effects that the answers speak of. */
  let owed = 0
  let replays = 0
  let reuses = 0

  const property = fc.asyncProperty(waves, async (all) => {
    // New processes with new connections: their first COMMIT goes out with its text, by which its answer can be lost.
    const banks = proxies.map(({ connection }) => openBank({ database: { ...options, connection }, connections: 2 }))
    round++
    // The smallest of banks locks accounts, not the opening of one.
    for (const account of ['a', 'b']) {
      await banks[0]!.move({ account: `${account} ${round}`, amount: 0 }, { key: `opens ${account} ${round}` })
    }
    /** By key and caller: the input that had an effect or an outcome, and the answer. */
    const told = new Map<string, { readonly input: string; readonly answer: string }>()
    for (const { moves, loses } of all) {
      if (loses !== null) proxies[loses]!.loseAnswerTo('COMMIT')
      const answers = await Promise.all(moves.map((one) => ask(banks[one.process]!, one, round)))
      for (const [index, one] of moves.entries()) check(told, one, answers[index]!)
    }
    const isBalance = ({ answer }: { readonly answer: string }) => /^-?\d+$/.test(answer)
    owed += 2 + [...told.values()].filter(isBalance).length
    await Promise.all(banks.map((bank) => bank[Symbol.asyncDispose]()))
  })

  function check(told: Map<string, { input: string; answer: string }>, one: Move, { answer, replayed }: Answer): void {
    if (answer === coreErrors.INTERNAL.code) return assert.equal(one.amount, POISON_SAVE, 'nobody else breaks')
    const name = `${one.caller} ${one.key}`
    const input = `${one.account} ${one.amount}`
    const before = told.get(name)
    if (answer === coreErrors.KEY_REUSED.code) return void reuses++
    if (!before) return void told.set(name, { input, answer })
    assert.deepEqual([input, answer], [before.input, before.answer], 'a key has one input and one answer')
    if (replayed) replays++
  }

  await simulate(t, { name: 'command.claim', runs: 40, property })

  // The books: every key row is one outcome, and exactly those that are replies had an effect.
  await using bank = openBank({ database: options })
  const keys = await bank.shards.root.query<{ key: string; outcome: string }>(
    'SELECT scope, key, outcome FROM banyan_keys',
  )
  const replies = keys.filter(({ outcome }) => (JSON.parse(outcome) as { kind: string }).kind === 'reply')
  const [log] = await bank.shards.root.query<{ count: number; sum: number }>(
    `SELECT count(*)::int AS count, coalesce(sum((payload->>'amount')::int), 0)::int AS sum FROM banyan_log`,
  )
  const [books] = await bank.shards.root.query<{ sum: number }>(
    'SELECT coalesce(sum(balance), 0)::int AS sum FROM balances',
  )
  const effects = replies.length
  assert.equal(effects, owed, 'an effect for each caller and key that was told of one')
  assert.equal(log!.count, effects, 'an event for each effect')
  assert.equal(books!.sum, log!.sum, 'the balances are the sum of the events')
  assert.ok(effects > 50 && replays > 20 && reuses > 10, JSON.stringify({ effects, replays, reuses }))
  assert.deepEqual(await bank.shards.root.query(LEFT_LOCKS), [], 'a claim is left')
})

const LEFT_LOCKS = `SELECT pid FROM pg_locks WHERE locktype = 'advisory'`

interface Answer {
  /** The balance, or the code of the refusal. */
  readonly answer: string
  readonly replayed: boolean
}

/** A client: what was not answered it asks again under the same key. */
async function ask(bank: Bank, { caller, key, account, amount }: Move, round: number): Promise<Answer> {
  const principal: Principal = { kind: 'user', id: caller, role: 'customer', scopes: null, sessionId: null }
  for (let attempt = 1; ; attempt++) {
    try {
      const reply = await bank.move({ account: `${account} ${round}`, amount }, { key: `${key} ${round}`, principal })
      return { answer: String(reply.balance), replayed: reply.replayed }
    } catch (error) {
      if (!isDeclared(error)) throw error
      if (FINAL.some((one) => isError(error, one))) return { answer: error.code, replayed: error.replayed }
      assert.ok(isError(error, coreErrors.UNAVAILABLE) && attempt < 5, `${error.code}: the key is stuck`)
    }
  }
}

const FINAL = [coreErrors.KEY_REUSED, coreErrors.INTERNAL, bankErrors.OVERDRAWN]
