import { execFile } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { dataErrors } from '../data-errors.ts'

/** As whom the server runs; `null`: as this process. PostgreSQL refuses to run as root. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

/**
 * As root: whoever owns the data already, else `postgres`, else `nobody`. Otherwise this process' own user, who must
 * own data that exists.
 * @throws `data.EMBEDDED_OWNER`, `data.EMBEDDED_UNSUPPORTED`
 */
export async function chooseServerUser(dataFolders: readonly string[]): Promise<ServerUser | null> {
  const uid = process.getuid?.()
  if (uid === undefined) throw dataErrors.EMBEDDED_UNSUPPORTED({ reason: `it is not supported on ${process.platform}` })
  const existing = await findOwner(dataFolders)
  if (uid !== 0) {
    if (existing && existing.uid !== uid) {
      throw dataErrors.EMBEDDED_OWNER({ folder: existing.folder, owner: existing.uid, user: uid })
    }
    return null
  }
  if (existing && existing.uid !== 0) return existing
  return (await findUser('postgres')) ?? (await findUser('nobody')) ?? rejectRoot()
}

async function findOwner(folders: readonly string[]): Promise<(ServerUser & { folder: string }) | null> {
  for (const folder of folders) {
    // What is not there has no owner; what bars us is found by those who go in.
    const info = await stat(folder).catch(() => null)
    if (info) return { uid: info.uid, gid: info.gid, folder }
  }
  return null
}

/** `id` knows every directory of users (files, LDAP, macOS); Node has no getpwnam. */
async function findUser(name: string): Promise<ServerUser | null> {
  const run = promisify(execFile)
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return null // no such user
  }
}

function rejectRoot(): never {
  throw dataErrors.EMBEDDED_UNSUPPORTED({
    reason: 'it never runs as root, and there is neither a user postgres nor a user nobody',
  })
}
