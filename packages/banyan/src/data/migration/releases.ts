import type pg from 'pg'
import { dataErrors } from '../data-errors.ts'

/** A process that works on a schema, and the release of its code. */
export interface ReleasedProcess {
  readonly name: string
  /** `major.minor.patch` */
  readonly release: string
}

/** A process that has not renewed its registration for so long is taken for gone, milliseconds. */
export const REGISTRATION_MS = 20_000

/**
 * Who works on the schema, so that nothing is taken away from anybody. Unlogged: it holds nothing that outlives the server, it is in
 * no backup, and whoever lives writes itself in again.
 */
export async function prepareReleases(client: pg.Client): Promise<void> {
  await client.query(`
    CREATE UNLOGGED TABLE IF NOT EXISTS banyan_releases (
      process text NOT NULL,
      release text NOT NULL,
      living_until timestamptz NOT NULL,
      PRIMARY KEY (process, release)
    )`)
}

/** All others that live. */
export async function readOthers(client: pg.Client, own: ReleasedProcess): Promise<readonly ReleasedProcess[]> {
  const { rows } = await client.query<{ process: string; release: string }>(
    'SELECT process, release FROM banyan_releases WHERE living_until > now() AND (process, release) <> ($1, $2) ORDER BY 1, 2',
    [own.name, own.release],
  )
  return rows.map(({ process, release }) => ({ name: process, release }))
}

export async function register(client: pg.Client, own: ReleasedProcess): Promise<void> {
  await client.query(REGISTER, [own.name, own.release, REGISTRATION_MS])
}

export const REGISTER = `
  INSERT INTO banyan_releases (process, release, living_until) VALUES ($1, $2, now() + $3 * interval '1 millisecond')
  ON CONFLICT (process, release) DO UPDATE SET living_until = excluded.living_until`

export const DEREGISTER = 'DELETE FROM banyan_releases WHERE process = $1 AND release = $2'

/** @throws `data.RELEASES_APART` naming both */
export function requireSameMajor(schema: string, own: ReleasedProcess, others: readonly ReleasedProcess[]): void {
  const apart = others.filter(({ release }) => majorOf(release) !== majorOf(own.release))
  if (apart.length === 0) return
  throw dataErrors.RELEASES_APART({
    schema,
    process: own.name,
    release: own.release,
    others: nameAll(apart),
    ...PATIENCE,
  })
}

/** A migration that only newer releases can bear. */
export interface Contraction {
  /** `orders/0007-drop-total` */
  readonly file: string
  /** The first release that does without what it takes away. */
  readonly needs: string
}

/** @throws `data.RELEASE_TOO_OLD`: something that this process uses is gone */
export function requireNewEnough(schema: string, own: ReleasedProcess, applied: readonly Contraction[]): void {
  const beyond = applied.find(({ needs }) => isBefore(own.release, needs))
  if (beyond) throw dataErrors.RELEASE_TOO_OLD({ schema, process: own.name, release: own.release, ...beyond })
}

/** @throws `data.MIGRATION_TOO_EARLY`: somebody uses what it takes away */
export function requireNoOlder(schema: string, pending: Contraction, others: readonly ReleasedProcess[]): void {
  const older = others.filter(({ release }) => isBefore(release, pending.needs))
  if (older.length === 0) return
  throw dataErrors.MIGRATION_TOO_EARLY({ schema, ...pending, processes: nameAll(older), ...PATIENCE })
}

const PATIENCE = { seconds: REGISTRATION_MS / 1_000 }

/** The line with which a migration begins that takes something away: `-- contract: 0.3.0`. `null`: it only adds. */
export function neededRelease(sql: string): string | null {
  return /^-- contract: (\d+\.\d+\.\d+)\s*$/m.exec(sql.slice(0, sql.indexOf('\n') + 1))?.[1] ?? null
}

function nameAll(processes: readonly ReleasedProcess[]): string {
  return processes.map(({ name, release }) => `${name} (${release})`).join(', ')
}

function majorOf(release: string): number {
  return numbersOf(release)[0]!
}

function isBefore(release: string, other: string): boolean {
  const [one, two] = [numbersOf(release), numbersOf(other)]
  const at = one.findIndex((number, index) => number !== two[index])
  return at >= 0 && one[at]! < two[at]!
}

function numbersOf(release: string): readonly number[] {
  return release.split('.', 3).map((part) => Number.parseInt(part, 10) || 0)
}
