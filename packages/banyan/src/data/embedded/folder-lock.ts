import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { dataErrors } from '../data-errors.ts'

export interface FolderLock {
  release(): void
}

/**
 * One process at a time. A SQLite file's exclusive lock, because the kernel lets go of it when its process dies, by
 * whatever cause; a file with a pid in it would have to be believed (pids are used again). Node has no flock.
 * @throws `data.EMBEDDED_HELD` naming the process that has it
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const holder = join(folder, 'lock.pid')
  const file = new DatabaseSync(join(folder, 'lock'))
  try {
    file.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    file.close()
    if (!isBusy(cause)) throw cause
    const pid = await readFile(holder, 'utf8').catch(() => 'unknown')
    // Without a cause: that a SQLite file is locked tells its reader of another database.
    throw dataErrors.EMBEDDED_HELD({ folder, pid: pid.trim() })
  }
  await writeFile(holder, `${process.pid}\n`, { mode: 0o600 })
  let released = false
  return {
    release() {
      if (released) return
      released = true
      file.close()
    },
  }
}

const SQLITE_BUSY = 5

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}
