import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { coreErrors } from '../../core/index.ts'

// sockaddr_un.sun_path is 108 bytes on Linux and 104 on macOS, its closing zero included.
const MAX_SOCKET_PATH_BYTES = process.platform === 'darwin' ? 103 : 107
const LONGEST_NAME = 'x'.repeat(50)

/** Where the processes of one data folder have their sockets: in it, or, where its path is too long, in the temp folder. */
export function findRunFolder(dataFolder: string): string {
  const folder = resolve(dataFolder)
  const inside = join(folder, 'run')
  if (Buffer.byteLength(join(inside, LONGEST_NAME)) <= MAX_SOCKET_PATH_BYTES) return inside
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  return join(tmpdir(), `banyan-run-${hash}`)
}

/** Where the supervisor of a data folder is spoken to. */
export function findControlSocket(dataFolder: string): string {
  return join(findRunFolder(dataFolder), 'control.sock')
}

/** Makes it, or empties it of what a supervisor left that was killed. Only this user can enter. @throws `api.INVALID_OPTIONS` */
export async function prepareRunFolder(dataFolder: string): Promise<string> {
  const folder = findRunFolder(dataFolder)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const info = await lstat(folder)
  // In the temp folder somebody else may have made it first: then it is not used.
  if (!info.isDirectory() || info.uid !== (process.getuid?.() ?? info.uid)) {
    const faults = `${folder} belongs to another user (id ${info.uid}). Remove it, or set BANYAN_DATA to another folder.`
    throw coreErrors.INVALID_OPTIONS({ subject: 'The data folder', faults })
  }
  await chmod(folder, 0o700)
  await Promise.all((await readdir(folder)).map((name) => rm(join(folder, name), { force: true })))
  return folder
}
