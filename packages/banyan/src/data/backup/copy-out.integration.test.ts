import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { startTestPostgres, type TestPostgres } from '../../testing/index.ts'
import { copyOut } from './copy-out.ts'

/** More than a stream buffers: it fills up with the message that came together with the end of the copy. */
const LARGE_ROW = `COPY (SELECT repeat('x', 100000)) TO STDOUT`
const MANY_ROWS = `COPY (SELECT g, repeat('x', 50) FROM generate_series(1, 200000) g) TO STDOUT`

describe('a copy out of the database', () => {
  let postgres: TestPostgres
  let client: pg.Client
  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
  })
  after(() => postgres.stop())

  const connected = async (run: () => Promise<void>) => {
    client = new pg.Client({ ...postgres.connection, statement_timeout: 20_000, query_timeout: 20_000 })
    await client.connect()
    try {
      await run()
    } finally {
      await client.end()
    }
  }

  for (const [name, sql, bytes] of [
    ['a row larger than the buffer', LARGE_ROW, 100_001],
    ['many rows', MANY_ROWS, null],
  ] as const) {
    test(`${name}, read slowly: all of it, and the client goes on`, () =>
      connected(async () => {
        for (let round = 0; round < 3; round++) {
          let received = 0
          const slow = new Writable({
            highWaterMark: 1,
            write(chunk: Buffer, _encoding, done) {
              received += chunk.length
              if (received % 7 === 0) setImmediate(done)
              else done()
            },
          })
          await pipeline(copyOut(client, sql), slow)
          if (bytes !== null) assert.equal(received, bytes)
          assert.deepEqual((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }])
        }
      }))
  }

  test('a reader that fails in the middle does not leave the client waiting', () =>
    connected(async () => {
      const full = new Writable({ write: (_chunk, _encoding, done) => done(new Error('no space left')) })
      await assert.rejects(pipeline(copyOut(client, MANY_ROWS), full), /no space left/)
      assert.deepEqual((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }])
    }))

  test('a statement that fails, fails the stream', () =>
    connected(async () => {
      const copy = copyOut(client, 'COPY nothing TO STDOUT')
      await assert.rejects(pipeline(copy, new Writable({ write: (_c, _e, done) => done() })), /does not exist/)
      await pause(1)
      assert.deepEqual((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }])
    }))
})
