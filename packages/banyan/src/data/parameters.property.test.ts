import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { startTestPostgres, type TestPostgres } from '../testing/index.ts'
import { createDatabase, type Database } from './index.ts'

let server: TestPostgres
let db: Database

before(async () => {
  server = await startTestPostgres({ fsync: false })
  db = createDatabase(await server.schema('parameters'))
})
after(async () => {
  await db.stop()
  await server.stop()
})

// U+0000 is no text in PostgreSQL; lone surrogates are no UTF-8. The contract refuses both.
const text = fc.string({ unit: 'binary' }).filter((value) => !value.includes('\0') && value.isWellFormed())

const parameters = fc.record({
  one: text,
  many: fc.array(fc.option(text)),
  bytes: fc.array(fc.uint8Array().map((bytes) => Buffer.from(bytes))),
  document: fc.dictionary(text, fc.oneof(fc.integer(), text, fc.boolean())),
})

test('text, arrays, bytes and documents come back as they went', async () => {
  await fc.assert(
    fc.asyncProperty(parameters, async ({ one, many, bytes, document }) => {
      const [row] = await db.query(
        'SELECT $1::text AS one, $2::text[] AS many, $3::bytea[] AS bytes, $4::jsonb AS document, $5::bigint[] AS ids',
        [one, many, bytes, document, [1n, 2]],
      )
      assert.deepEqual(row, { one, many, bytes, document: { ...document }, ids: ['1', '2'] })
    }),
    { numRuns: 300 },
  )
})
