import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBank, platformMigrations, startPostgresProxy, startTestPostgres } from '../testing/index.ts'

const BANK = platformMigrations('bank', new URL('../testing/migrations/', import.meta.url))

test('a commit whose answer is lost: the effect, its event and its outcome are there together, once', async (t) => {
  const postgres = await startTestPostgres({ fsync: false })
  t.after(() => postgres.stop())
  const options = await postgres.schema('bank', BANK)
  await using proxy = await startPostgresProxy(postgres.connection)
  await using bank = openBank({ database: { ...options, connection: proxy.connection }, connections: 1 })

  // Its first COMMIT goes out with its text; later ones by the name of a prepared statement.
  proxy.loseAnswerTo('COMMIT')
  const answer = await bank.move({ account: 'a', amount: 1 }, { key: 'lost' })
  assert.equal(answer.balance, 1)
  assert.ok(answer.replayed, 'found by its key: the answer really was lost')
  assert.deepEqual(await bank.move({ account: 'a', amount: 1 }, { key: 'lost' }), { balance: 1, replayed: true })
  await bank.move({ account: 'a', amount: 1 }, { key: 'next' })

  const [row] = await bank.shards.root.query<{ balance: number; version: number }>('SELECT * FROM balances')
  const events = await bank.shards.root.query<{ version: number }>('SELECT version FROM banyan_log ORDER BY position')
  assert.deepEqual([row!.balance, row!.version], [2, 2])
  assert.deepEqual(
    events.map(({ version }) => version),
    [1, 2],
    'as many events as changes',
  )
})
