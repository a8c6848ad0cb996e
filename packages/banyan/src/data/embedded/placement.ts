import { createHash } from 'node:crypto'
import { chmod, chown, lstat, mkdir, realpath, stat } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { dataErrors } from '../data-errors.ts'
import { makeFolder } from '../make-folder.ts'
import { findBarrier } from './access.ts'
import { chooseServerUser, type ServerUser } from './server-user.ts'

/** Where everything of one embedded server lives. */
export interface Placement {
  /** What the caller named, absolute. Holds the lock. */
  readonly folder: string
  readonly user: ServerUser | null
  /** Owned by the server's user, 0700: data, sockets, log. */
  readonly home: string
  readonly data: string
  readonly sockets: string
  readonly log: string
  /** The folder that barred the server's user from `folder`, when the data had to go elsewhere. */
  readonly movedBecauseOf: string | null
}

/** Shared by all embedded servers that root starts from folders which only root may enter. */
export const SYSTEM_FOLDER = '/var/lib/banyan'

// sockaddr_un.sun_path is 108 bytes on Linux and 104 on macOS, its closing zero included.
const MAX_SOCKET_PATH_BYTES = process.platform === 'darwin' ? 103 : 107
const SOCKET_NAME = '.s.PGSQL.5432.lock'

/**
 * `<folder>/postgres` where the server's user can get there; else, for root only, `/var/lib/banyan/<hash of folder>`.
 * Sockets move to the temp folder when their path would be too long.
 * @throws `data.EMBEDDED_OWNER`, `data.EMBEDDED_UNSUPPORTED`
 */
export async function placeServer(requested: string): Promise<Placement> {
  const isRoot = process.getuid?.() === 0
  await makeDataFolder(requested)
  const folder = await realpath(requested)
  if (isRoot) await openPassage(folder)
  const { inside, outside, hash } = homesOf(folder)
  const user = await chooseServerUser(isRoot ? [join(inside, 'data'), join(outside, 'data')] : [join(inside, 'data')])
  const barrier = await findBarrier(folder, user)
  if (barrier !== null && user === null)
    throw dataErrors.EMBEDDED_UNSUPPORTED({ reason: `${barrier} cannot be entered` })
  const home = barrier === null ? inside : outside
  if (barrier !== null) await mkdir(SYSTEM_FOLDER, { recursive: true, mode: 0o755 })
  await makePrivateFolder(home, user)
  const sockets = await placeSockets(home, hash, user)
  return {
    folder,
    user,
    home,
    sockets,
    data: join(home, 'data'),
    log: join(home, 'postgres.log'),
    movedBecauseOf: barrier,
  }
}

/** @throws `api.INVALID_OPTIONS` */
export function makeDataFolder(folder: string): Promise<void> {
  // Root's server is another user: it must get through, but need not see what lies there.
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700
  return makeFolder({ folder, mode, subject: 'BANYAN_DATA', cure: 'Set it to a folder that this user may write.' })
}

/** Where the server of a folder may be: in it, or where its user can get to. */
export function homesOf(folder: string) {
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  return { inside: join(folder, 'postgres'), outside: join(SYSTEM_FOLDER, hash), hash }
}

/** The folder was named for us: the server's user may pass through it (not list it). A home stays as it is. */
async function openPassage(folder: string): Promise<void> {
  const info = await stat(folder)
  const isOurs = info.uid === 0 && folder !== homedir()
  if (isOurs && (info.mode & 0o001) === 0) await chmod(folder, 0o711)
}

async function placeSockets(home: string, hash: string, user: ServerUser | null): Promise<string> {
  if (Buffer.byteLength(join(home, SOCKET_NAME)) <= MAX_SOCKET_PATH_BYTES) return home
  const short = join(tmpdir(), `banyan-${hash}`)
  const isShort = Buffer.byteLength(join(short, SOCKET_NAME)) <= MAX_SOCKET_PATH_BYTES
  const sockets = isShort ? short : `/tmp/banyan-${hash}`
  await makePrivateFolder(sockets, user)
  return sockets
}

/** In the temp folder somebody else may have made it first: then it is not used. */
async function makePrivateFolder(path: string, user: ServerUser | null): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const info = await lstat(path)
  const trusted = [process.getuid?.() ?? -1, user?.uid ?? -1]
  if (!info.isDirectory() || !trusted.includes(info.uid)) {
    throw dataErrors.EMBEDDED_OWNER({ folder: path, owner: info.uid, user: process.getuid?.() })
  }
  if (user !== null) await chown(path, user.uid, user.gid)
  await chmod(path, 0o700)
}
