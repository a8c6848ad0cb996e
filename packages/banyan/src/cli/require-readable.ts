import { access, constants } from 'node:fs/promises'
import { usageFault } from './terminal/fail.ts'

/** Before the work, not in the middle of it. @throws `api.INVALID_OPTIONS` naming the first that is not */
export async function requireReadable(option: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    await access(file, constants.R_OK).catch((cause: NodeJS.ErrnoException) => {
      throw usageFault(option, `${file} cannot be read (${cause.code}).`)
    })
  }
}
