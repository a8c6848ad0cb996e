import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import pg from 'pg'
import { createColumns } from './columns.ts'

const { TIMESTAMPTZ } = pg.types.builtins
const columns = createColumns([{ name: 'at', dataTypeID: TIMESTAMPTZ }])
const read = (text: string) => columns.toRow([text])['at']
const readAsDriver = pg.types.getTypeParser(TIMESTAMPTZ, 'text') as (text: string) => unknown

test('a timestamp is what the driver makes of it, with microseconds or without', () => {
  const dates = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  fc.assert(
    fc.property(dates, fc.integer({ min: 0, max: 999_999 }), (date, microseconds) => {
      const fraction = microseconds === 0 ? '' : `.${String(microseconds).padStart(6, '0').replace(/0+$/, '')}`
      const text = `${date.toISOString().slice(0, 19).replace('T', ' ')}${fraction}+00`
      assert.deepEqual(read(text), readAsDriver(text))
    }),
  )
})

test('so are those that are not read by place', () => {
  for (const text of [
    'infinity',
    '-infinity',
    '12026-11-30 06:22:11+00',
    '0044-03-15 12:00:00+00 BC',
    '2026-11-30 06:22:11+05:30',
  ])
    assert.deepEqual(read(text), readAsDriver(text), text)
})
