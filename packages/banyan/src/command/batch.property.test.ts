import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createDatabase, createShards } from '../data/index.ts'
import { bankCall, move, platformMigrations, startTestPostgres } from '../testing/index.ts'
import type { CommandItem } from './handler.ts'
import { runBatch } from './transaction/transaction.ts'
import type { Entry, Result } from './transaction/entry.ts'

const BANK = platformMigrations('bank', new URL('../testing/migrations/', import.meta.url))

type Input = { readonly account: string; readonly amount: number }

test('a batch leaves and answers what its items leave and answer one after another', async () => {
  await using postgres = await startTestPostgres({ fsync: false })
  await using together = createShards([createDatabase(await postgres.schema('together', BANK))])
  await using apart = createShards([createDatabase(await postgres.schema('apart', BANK))])
  const inputs = fc.array(
    fc.record({ account: fc.constantFrom('a', 'b', 'c'), amount: fc.integer({ min: -9, max: 9 }) }),
    {
      minLength: 1,
      maxLength: 30,
    },
  )
  let round = 0

  await fc.assert(
    fc.asyncProperty(inputs, async (moves) => {
      round++
      const batch = await run(together.root, moves)
      const single: Result[] = []
      for (const [index, one] of moves.entries()) single.push(...(await run(apart.root, [one], index)))
      assert.deepEqual(batch, single)
      assert.deepEqual(await contents(together.root), await contents(apart.root))
    }),
    { numRuns: 60 },
  )

  async function run(database: typeof together.root, moves: readonly Input[], first = 0): Promise<readonly Result[]> {
    const entries = moves.map((input, index) => entryOf(input, `${round} ${first + index}`))
    const { results } = await runBatch({ database, handler: move as never, sagas: null, retentionMs: 60_000 }, entries)
    return results
  }

  async function contents(database: typeof together.root) {
    const balances = await database.query('SELECT account, balance, version FROM balances ORDER BY account')
    const events = await database.query('SELECT aggregate_id, version, type, payload FROM banyan_log ORDER BY position')
    const keys = await database.query('SELECT scope, key, outcome FROM banyan_keys ORDER BY scope, key')
    return { balances, events, keys }
  }
})

function entryOf(input: Input, key: string): Entry {
  const item: CommandItem<Input> = {
    input,
    precomputed: undefined,
    call: bankCall(),
    now: '2026-01-15T10:30:00.000Z',
    newId: () => 'id',
  }
  const claim = { scope: 'test', key, fingerprint: Buffer.from(key) }
  return {
    item: item as Entry['item'],
    shardKey: '0',
    claim,
    lock: hash(key),
    caller: null,
    bytes: 0,
    settle: () => undefined,
  }
}

function hash(text: string): number {
  return [...text].reduce((sum, character) => (sum * 31 + character.charCodeAt(0)) | 0, 7)
}
