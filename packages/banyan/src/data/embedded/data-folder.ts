import { randomBytes } from 'node:crypto'
import { chown, readdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dataErrors } from '../data-errors.ts'
import type { Placement } from './placement.ts'
import { runProgram } from './run-program.ts'

export interface DataFolderOptions {
  readonly binaries: string
  /** Of the npm package: `18.4.0-beta.17`. */
  readonly version: string
  /** Flush what initdb wrote. */
  readonly durable: boolean
}

/**
 * Makes the data folder where there is none and checks the one there is.
 * Returns the superuser's password, which only connections over TCP need.
 * @throws `data.EMBEDDED_VERSION`, `data.EMBEDDED_DISK_FULL`, `data.EMBEDDED_FAILED`
 */
export async function prepareDataFolder(place: Placement, options: DataFolderOptions): Promise<string> {
  await removeUnfinished(place.home)
  const found = await readVersion(place.data)
  const needed = options.version.split('.')[0]!
  if (found === null) await initialise(place, options)
  else if (found !== needed) throw dataErrors.EMBEDDED_VERSION({ folder: place.data, found, needed })
  return readFile(passwordFile(place), 'utf8')
}

function passwordFile(place: Placement): string {
  return join(place.home, 'password')
}

async function readVersion(data: string): Promise<string | null> {
  try {
    return (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

const UNFINISHED = 'data.unfinished-'

/** What an initdb left that was killed on the way. We hold the folder's lock, so nobody is at it. */
async function removeUnfinished(home: string): Promise<void> {
  const left = (await readdir(home)).filter((name) => name.startsWith(UNFINISHED))
  await Promise.all(left.map((name) => rm(join(home, name), { recursive: true, force: true })))
}

/** Beside its place and then renamed: a folder named `data` is always whole. */
async function initialise(place: Placement, options: DataFolderOptions): Promise<void> {
  const unfinished = join(place.home, `${UNFINISHED}${process.pid}`)
  await writePassword(place)
  const { code, errors } = await runProgram({
    binaries: options.binaries,
    name: 'initdb',
    user: place.user,
    args: [
      ...INITDB_ARGUMENTS,
      `--pgdata=${unfinished}`,
      `--pwfile=${passwordFile(place)}`,
      ...(options.durable ? [] : ['--no-sync']),
    ],
  })
  if (code !== 0) {
    await rm(unfinished, { recursive: true, force: true })
    throw await toStartError(place, errors)
  }
  await rename(unfinished, place.data)
}

/** `builtin` C.UTF-8: the same order on each machine; libc's changes with its version and breaks indexes. */
const INITDB_ARGUMENTS = [
  '--username=postgres',
  '--encoding=UTF8',
  '--locale-provider=builtin',
  '--locale=C.UTF-8',
  '--auth-local=trust',
  '--auth-host=scram-sha-256',
  '--no-instructions',
]

async function writePassword(place: Placement): Promise<void> {
  const file = passwordFile(place)
  await writeFile(file, randomBytes(24).toString('base64url'), { mode: 0o600 })
  if (place.user) await chown(file, place.user.uid, place.user.gid)
}

/** The server's own words, turned into what its owner can do about it. */
export async function toStartError(place: Placement, log: string, port: number | null = null): Promise<Error> {
  if (log.includes('No space left on device')) {
    const { bavail, bsize } = await statfs(place.home)
    return dataErrors.EMBEDDED_DISK_FULL({ folder: place.home, freeBytes: bavail * bsize })
  }
  if (port !== null && log.includes('Address already in use')) return dataErrors.EMBEDDED_PORT_TAKEN({ port })
  const lines = log.split('\n').filter((line) => TELLING.test(line))
  const reason = (lines.at(-1) ?? log.trim().split('\n').at(-1) ?? 'it said nothing').trim()
  return dataErrors.EMBEDDED_FAILED({ folder: place.data, reason, log: place.log })
}

/** initdb's last words are that it cleans up, and what its shell could not do has no word for an error. */
const TELLING = /FATAL|PANIC|error:|denied|cannot|could not/
