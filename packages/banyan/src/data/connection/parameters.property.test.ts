import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { startTestPostgres, type TestPostgres } from '../../testing/index.ts'
import { createDatabase, type Database } from '../index.ts'

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

const MAX_INT64 = 2n ** 63n - 1n
const arrays = fc.record({
  texts: fc.array(fc.option(text)),
  longs: fc.array(fc.option(fc.oneof(fc.maxSafeInteger(), fc.bigInt(-MAX_INT64 - 1n, MAX_INT64)))),
  ints: fc.array(fc.option(fc.integer())),
  shorts: fc.array(fc.option(fc.integer({ min: -32_768, max: 32_767 }))),
  bytes: fc.array(fc.option(fc.uint8Array().map((bytes) => Buffer.from(bytes)))),
  times: fc.array(
    fc.option(fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })),
  ),
  documents: fc.array(fc.jsonValue().map((value) => JSON.stringify(value).replaceAll('\\u0000', ''))),
})

test('an array means the same in the binary format as in the text format, for every type that has one', async () => {
  await fc.assert(
    fc.asyncProperty(arrays, async ({ texts, longs, ints, shorts, bytes, times, documents }) => {
      const values = [texts, longs, longs.map((long) => long && String(long)), ints, shorts, bytes]
      const isoTimes = times.map((time) => time?.toISOString() ?? null)
      const [same] = await db.query<Record<string, boolean>>(
        `SELECT $1::text[] IS NOT DISTINCT FROM $9::text::text[] AS texts,
                $2::bigint[] IS NOT DISTINCT FROM $10::text::bigint[] AS longs,
                $3::bigint[] IS NOT DISTINCT FROM $10::text::bigint[] AS decimals,
                $4::int[] IS NOT DISTINCT FROM $11::text::int[] AS ints,
                $5::smallint[] IS NOT DISTINCT FROM $12::text::smallint[] AS shorts,
                $6::bytea[] IS NOT DISTINCT FROM $13::text::bytea[] AS bytes,
                $7::timestamptz[] IS NOT DISTINCT FROM $14::text::timestamptz[] AS times,
                $8::json[]::text[] IS NOT DISTINCT FROM $15::text::text[] AS documents`,
        [...values, isoTimes, documents, ...[texts, longs, ints, shorts, bytes, isoTimes, documents].map(literal)],
      )
      assert.deepEqual(
        Object.entries(same!).filter(([, isSame]) => !isSame),
        [],
      )
    }),
    { numRuns: 300 },
  )
})

/** An array as PostgreSQL's documentation writes it. */
function literal(items: readonly unknown[]): string {
  const texts = items.map((item) => {
    if (item === null) return 'NULL'
    const value = Buffer.isBuffer(item) ? `\\x${item.toString('hex')}` : String(item)
    return `"${value.replaceAll(/["\\]/g, '\\$&')}"`
  })
  return `{${texts.join(',')}}`
}

test('what has no binary form goes as text, and what is wrong is refused as before', async () => {
  const [row] = await db.query('SELECT $1::timestamptz[] AS times, $2::int[] AS ints, $3::bigint[] AS longs', [
    ['2026-01-15T10:30:00.000001+01:00'],
    ['7'],
    ['9223372036854775807'],
  ])
  assert.deepEqual(row, { times: [new Date('2026-01-15T09:30:00.000Z')], ints: [7], longs: ['9223372036854775807'] })
  await assert.rejects(db.query('SELECT $1::bigint[]', [['1; DROP']]), { code: '22P02' })
  await assert.rejects(db.query('SELECT $1::int[]', [[2_147_483_648]]), { code: '22003' })
  await assert.rejects(db.query('SELECT $1::text[]', [['a\0b']]), { code: '22021' })
})
