import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { ServerUser } from './server-user.ts'

/** The first folder on the way to `path` that bars the server's user, or `null`. Access lists beyond the mode are not read. */
export async function findBarrier(path: string, user: ServerUser | null): Promise<string | null> {
  for (let at = resolve(path); ; at = dirname(at)) {
    if (await isBarred(at, user)) return at
    if (dirname(at) === at) return null
  }
}

async function isBarred(path: string, user: ServerUser | null): Promise<boolean> {
  // What does not exist yet, or cannot be looked at, is decided by its parents.
  const info = await stat(path).catch(() => null)
  if (!info) return false
  if (user === null) return !(await isAccessible(path))
  const bit = info.uid === user.uid ? constants.S_IXUSR : info.gid === user.gid ? constants.S_IXGRP : constants.S_IXOTH
  return (info.mode & bit) === 0
}

async function isAccessible(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
