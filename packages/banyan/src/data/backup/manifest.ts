import { createHash } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Static } from 'typebox'
import { Type } from '../../core/index.ts'
import { Compile } from 'typebox/schema'
import { dataErrors } from '../data-errors.ts'

const closed = { additionalProperties: false }
const text = Type.String()
const count = Type.Integer({ minimum: 0 })

const ManifestSchema = Type.Object(
  {
    format: Type.Literal(1),
    takenAt: text,
    schemas: Type.Array(
      Type.Object(
        {
          schema: text,
          /** Of PostgreSQL, e.g. `18.4`. */
          serverVersion: text,
          migrations: Type.Array(Type.Object({ area: text, name: text, checksum: text }, closed)),
          tables: Type.Array(
            Type.Object(
              {
                table: text,
                columns: Type.Array(text),
                rows: count,
                file: Type.String({ pattern: "^[A-Za-z0-9_.!~*'()%-]+$" }),
                bytes: count,
                sha256: text,
              },
              closed,
            ),
          ),
          sequences: Type.Array(Type.Object({ sequence: text, lastValue: text, isCalled: Type.Boolean() }, closed)),
        },
        closed,
      ),
    ),
  },
  closed,
)

/** What a backup holds. Written last: a folder without one is no backup. */
export type Manifest = Static<typeof ManifestSchema>
export type SchemaManifest = Manifest['schemas'][number]
export type TableManifest = SchemaManifest['tables'][number]

const NAME = 'manifest.json'
const isManifest = Compile(ManifestSchema)

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  const body = `${JSON.stringify(manifest, null, 2)}\n`
  await writeDurably(join(folder, 'manifest.sha256'), `${sha256(body)}  ${NAME}\n`)
  await writeDurably(join(folder, NAME), body)
}

/** @throws `data.BACKUP_UNREADABLE` */
export async function readManifest(folder: string): Promise<Manifest> {
  const [body, sum] = await Promise.all(
    [NAME, 'manifest.sha256'].map((name) => readFile(join(folder, name), 'utf8')),
  ).catch((cause: unknown) => {
    throw dataErrors.BACKUP_UNREADABLE(
      { folder, reason: 'no manifest is there: the folder is another one, or the backup was never finished' },
      { cause },
    )
  })
  if (sum!.split(' ')[0] !== sha256(body!))
    throw dataErrors.BACKUP_UNREADABLE({ folder, reason: `${NAME} was changed` })
  const manifest: unknown = JSON.parse(body!)
  if (!isManifest.Check(manifest)) {
    throw dataErrors.BACKUP_UNREADABLE({ folder, reason: 'its manifest has a format that this version does not know' })
  }
  return manifest
}

function sha256(body: string): string {
  return createHash('sha256').update(body).digest('hex')
}

async function writeDurably(path: string, body: string): Promise<void> {
  const file = await open(`${path}.unfinished`, 'wx', 0o600)
  await file.writeFile(body)
  await file.sync()
  await file.close()
  await rename(`${path}.unfinished`, path)
}
