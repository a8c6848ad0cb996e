import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { dataErrors } from '../data-errors.ts'
import type { Placement } from './placement.ts'
import { readPidFile, removePidFile, stopOrphan } from './postmaster.ts'
import { CLUSTER_NAME } from './server-settings.ts'

/**
 * Clears what an earlier run left: a server whose parent was killed is shut down in order (adopting it would leave a
 * server with the old settings that is nobody's child), a pid file whose process is gone or is another program is
 * removed. We hold the folder's lock: no living parent owns that server.
 * @returns the pid of the server that was stopped, or `null`
 * @throws `data.EMBEDDED_HELD` when somebody else runs a server there, or it does not stop
 */
export async function clearOrphan(place: Placement): Promise<number | null> {
  const file = await readPidFile(place.data)
  if (file === null) return null
  const command = await readCommand(file.pid)
  if (!command.includes(place.data)) {
    await removePidFile(place.data) // PostgreSQL itself would take a pid that was used again for a server
    return null
  }
  const isOurs = command.includes(`cluster_name=${CLUSTER_NAME}`)
  if (!isOurs || !(await stopOrphan(file.pid))) throw dataErrors.EMBEDDED_HELD({ folder: place.folder, pid: file.pid })
  return file.pid
}

async function readCommand(pid: number): Promise<string> {
  if (process.platform === 'linux')
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ')
  const listed = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return listed.stdout
}
