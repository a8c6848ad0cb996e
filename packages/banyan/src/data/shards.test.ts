import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDatabase, createShards } from './index.ts'

test('one database holds the whole range, under a map with a version', async () => {
  const connection = { host: '/nowhere', port: 5432, user: 'nobody', database: 'none' }
  const database = createDatabase({ name: 'orders', connection })
  await using shards = createShards([database])
  assert.equal(shards.shard('1'), database)
  assert.equal(shards.shard('9223372036854775807'), database)
  assert.equal(shards.root, database)
  assert.deepEqual(shards.all(), [database])
  assert.deepEqual(shards.map, { version: 1, ranges: [{ from: 1n, to: null, database: 'orders' }] })
  await shards.stop()
})
