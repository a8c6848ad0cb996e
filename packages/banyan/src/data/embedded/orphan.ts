import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../core/index.ts'
import { dataErrors } from '../data-errors.ts'
import type { Placement } from './placement.ts'
import { FAST, FAST_SHUTDOWN_MS, IMMEDIATE, readPidFile } from './postmaster.ts'
import { readCommand, signalProcess } from './processes.ts'
import { CLUSTER_NAME } from './server-settings.ts'

/**
 * Clears what an earlier run left: a server whose parent was killed is shut down in order (adopting it would leave a
 * server with the old settings that is nobody's child); lock files whose process is gone or is another program are
 * removed. We hold the folder's lock: no living parent owns that server.
 * @returns the pid of the server that was stopped, or `null`
 * @throws `data.EMBEDDED_HELD` when somebody else runs a server there, or it does not stop
 */
export async function clearOrphan(place: Placement, clock: Clock): Promise<number | null> {
  const file = await readPidFile(place.data)
  const command = file === null ? '' : await readCommand(file.pid)
  if (file === null || !command.includes(place.data)) {
    await removeLockFiles(place)
    return null
  }
  const isOurs = command.includes(`cluster_name=${CLUSTER_NAME}`)
  if (!isOurs || !(await shutDown(file.pid, clock))) {
    throw dataErrors.EMBEDDED_HELD({ folder: place.folder, pid: file.pid })
  }
  await removeLockFiles(place)
  return file.pid
}

/** PostgreSQL itself would take a pid that was used again, or one not yet waited for, for a living server. */
async function removeLockFiles(place: Placement): Promise<void> {
  const locks = (await readdir(place.sockets)).filter((name) => name.startsWith('.s.PGSQL.'))
  const files = [join(place.data, 'postmaster.pid'), ...locks.map((name) => join(place.sockets, name))]
  await Promise.all(files.map((path) => rm(path, { force: true })))
}

const POLL_MS = 5

async function shutDown(pid: number, clock: Clock): Promise<boolean> {
  for (const signal of [FAST, IMMEDIATE] as const) {
    signalProcess(pid, signal)
    const deadline = clock.monotonicMs() + FAST_SHUTDOWN_MS
    while (clock.monotonicMs() < deadline) {
      if ((await readCommand(pid)) === '') return true
      await clock.sleep(POLL_MS)
    }
  }
  return false
}
