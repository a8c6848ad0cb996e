import { sayCount } from '../core/index.ts'
import type { Finding } from '../contract/index.ts'
import type { Session } from './database.ts'

/**
 * I16 on one shard: a row whose id carries a user lies under that user. It walks the catalogue, so that no table can be
 * forgotten: whatever has a shard key (`user_id`, `shard_key`) and a column of owned ids is looked at.
 */
export async function auditShardKeys(session: Session): Promise<Finding> {
  const looks = await session.query<{ place: string; checked: number; strays: number }>(LOOK)
  const rows = looks.flatMap(({ place, strays }) =>
    strays > 0 ? [`${place}: ${sayCount(strays, 'row')} under another user than the id names`] : [],
  )
  const checked = looks.reduce((sum, look) => sum + look.checked, 0)
  return { invariant: 'I16', ok: rows.length === 0, checked, rows: rows.slice(0, 100) }
}

// `query_to_xml` runs a statement that SQL itself has put together from quoted names: ids look like `ord_28_…`. What is not
// sharded lies under 0.
const LOOK = `
  WITH place AS (
    SELECT key.table_name, key.column_name AS key, id.column_name AS id
    FROM information_schema.columns AS key
    JOIN information_schema.tables AS base ON base.table_schema = key.table_schema AND base.table_name = key.table_name
    JOIN information_schema.columns AS id ON id.table_schema = key.table_schema AND id.table_name = key.table_name
    WHERE key.table_schema = current_schema() AND base.table_type = 'BASE TABLE'
      AND key.column_name IN ('user_id', 'shard_key') AND key.data_type = 'bigint'
      AND id.data_type = 'text' AND (id.column_name = 'id' OR id.column_name LIKE '%\\_id')
  ), look AS (
    SELECT format('%s.%s', table_name, id) AS place,
           query_to_xml(format(
             'SELECT count(*) AS checked, count(*) FILTER (WHERE %2$I <> 0 AND split_part(%1$I, ''_'', 2) <> %2$I::text) AS strays FROM %3$I WHERE %1$I ~ ''^[a-z]+_[0-9]+_''',
             id, key, table_name), false, true, '') AS found
    FROM place
  )
  SELECT place, (xpath('//checked/text()', found))[1]::text::int AS checked, (xpath('//strays/text()', found))[1]::text::int AS strays
  FROM look ORDER BY place`
