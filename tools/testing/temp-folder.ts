import { chmodSync, mkdtempSync, readFileSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
/** The files that run at a time fill some hundred megabytes; what else the machine does in memory keeps its share. */
const MIN_FREE_BYTES = 4 * 1024 ** 3

/**
 * The folder of one test file: whatever it makes in `os.tmpdir()` is below. Others may enter: servers run as users of their own.
 *
 * In memory where there is room, unless `TMPDIR` says otherwise: a data folder of PostgreSQL is a thousand small files, and to make
 * and remove them on ext4 costs 0.65 s of processor time, in memory 0.08 s (2026-11-30). Nothing is tested less: processes are
 * killed, machines are not, so what was written is there afterwards on either, and servers sync as they are told.
 */
export function makeTempFolder(): string {
  const folder = mkdtempSync(join(process.env.TMPDIR === undefined && hasRoomInMemory() ? MEMORY : tmpdir(), 'bt-'))
  chmodSync(folder, 0o1777)
  return folder
}

function hasRoomInMemory(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize >= MIN_FREE_BYTES && mayExecute(readFileSync('/proc/self/mounts', 'utf8'))
  } catch {
    return false // not Linux, or a container without either
  }
}

/** Tests start programs that they have written or copied. */
export function mayExecute(mounts: string): boolean {
  const options = mounts
    .split('\n')
    .findLast((line) => line.split(' ')[1] === MEMORY)
    ?.split(' ')[3]
  return options !== undefined && !options.split(',').includes('noexec')
}
