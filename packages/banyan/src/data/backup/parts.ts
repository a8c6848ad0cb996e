import type { ConnectionOptions } from '../connection/connection-options.ts'
import type { MigrationSource } from '../migration/migration-files.ts'

/** One schema of the system: a service's data, or the ledger of the sandbox provider. */
export interface BackupPart {
  readonly schema: string
  readonly role: string
  /** A user that may read (backup) or create (restore) the schema. */
  readonly connection: ConnectionOptions
  /**
   * Its writers wait from before the snapshots of the others until its own is taken: what the others know of it is in
   * its snapshot, and nothing that they do not know of yet. Default: only when the others span several databases.
   */
  readonly blockWriters?: boolean
}

export interface RestorePart extends BackupPart {
  /** As given to `migrate`: the schema is brought to the level of the backup. */
  readonly sources: readonly MigrationSource[]
  /** A backup may be from before it was added: then it begins empty, with its first migration. Default: such a backup is refused. */
  readonly mayBeMissing?: boolean
}

/** Parts that share a database share a snapshot. */
export interface PartGroup<Part extends BackupPart> {
  readonly connection: ConnectionOptions
  readonly parts: readonly Part[]
  readonly blockWriters: boolean
}

export function groupParts<Part extends BackupPart>(parts: readonly Part[]): PartGroup<Part>[] {
  const byDatabase = Map.groupBy(
    parts,
    ({ connection }) => `${connection.host}:${connection.port}/${connection.database}`,
  )
  const groups = [...byDatabase.values()]
  const unblocked = groups.filter((group) => !group.some((part) => part.blockWriters))
  return groups.map((group) => ({
    connection: group[0]!.connection,
    parts: group,
    // One database has one snapshot; several agree on an instant only if nobody writes.
    blockWriters: unblocked.length > 1 || group.some((part) => part.blockWriters),
  }))
}
