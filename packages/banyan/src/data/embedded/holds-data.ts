import { realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { homesOf } from './placement.ts'

/** Whether an embedded server was ever made for this folder. Makes nothing. */
export async function holdsEmbeddedData(folder: string): Promise<boolean> {
  if (!(await mayExist(folder))) return false
  const { inside, outside } = homesOf(await realpath(folder))
  const found = await Promise.all([inside, outside].map((home) => mayExist(join(home, 'data'))))
  return found.includes(true)
}

/** What may not be looked at may well be there, and whoever opens it says why it cannot. */
async function mayExist(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    return !ABSENT.has((error as NodeJS.ErrnoException).code ?? '')
  }
}

const ABSENT = new Set(['ENOENT', 'ENOTDIR'])
