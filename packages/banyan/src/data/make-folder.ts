import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { coreErrors } from '../core/index.ts'

export interface FolderToMake {
  readonly folder: string
  readonly mode: number
  /** How people call it, and what they can do when it cannot be made. */
  readonly subject: string
  readonly cure: string
}

/** With the folders above it; one that is there stays as it is. @throws `api.INVALID_OPTIONS` when it cannot be made */
export async function makeFolder({ folder, mode, subject, cure }: FolderToMake): Promise<void> {
  await makeWithParents(resolve(folder), mode).catch((cause: Error) => {
    throw coreErrors.INVALID_OPTIONS(
      { subject, faults: `${folder} cannot be made: ${cause.message}. ${cure}` },
      { cause },
    )
  })
}

/** Node's own (`recursive`) never ends where the parent is there and the system still says ENOENT, as below /proc (24.21). */
async function makeWithParents(folder: string, mode: number): Promise<void> {
  try {
    await mkdir(folder, { mode })
  } catch (error) {
    if (await isFolder(folder)) return
    const parent = dirname(folder)
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || (await isFolder(parent))) throw error
    await makeWithParents(parent, mode)
    await makeWithParents(folder, mode)
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  )
}
