import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { dataErrors } from '../data-errors.ts'
import { neededRelease } from './releases.ts'

export interface MigrationSource {
  /** `command`, `log`, `saga`, `orders` …: each numbers its files by itself. */
  readonly area: string
  /** Folder of `NNNN-name.sql` files. */
  readonly folder: URL
}

/** A `.sql` file of an area, as it is applied once to each schema. */
export interface Migration {
  readonly area: string
  readonly name: string
  readonly checksum: string
  readonly sql: string
  /** It takes something away: from this release on nobody needs it. */
  readonly needs: string | null
}

const FILE_NAME = /^\d{4}-[a-z0-9-]+\.sql$/

/** In the order of their numbers. @throws `data.MIGRATION_NAME` */
export async function readMigrations({ area, folder }: MigrationSource): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
  const numbers = new Set(files.map((file) => file.slice(0, 4)))
  const misnamed =
    files.find((file) => !FILE_NAME.test(file)) ?? (numbers.size < files.length ? files.at(-1) : undefined)
  if (misnamed !== undefined) throw dataErrors.MIGRATION_NAME({ file: `${area}/${misnamed}` })
  return Promise.all(
    files.map(async (file) => {
      const sql = await readFile(new URL(file, asFolder(folder)), 'utf8')
      const checksum = createHash('sha256').update(sql).digest('hex')
      return { area, name: file.slice(0, -4), sql, checksum, needs: neededRelease(sql) }
    }),
  )
}

function asFolder(url: URL): URL {
  return url.href.endsWith('/') ? url : new URL(`${url.href}/`)
}
