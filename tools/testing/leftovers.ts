import { readdirSync, readFileSync } from 'node:fs'

/** Inherited by all that a test file starts, so that a process is known as its own even after being re-parented. */
export const MARKER = 'BANYAN_TEST_FILE_RUN'

/** Kills what still runs under this marker and says what it was. Linux only (/proc); elsewhere it finds nothing. */
export function endLeftovers(marker: string): readonly string[] {
  const found = processIds().filter((pid) => readProcFile(pid, 'environ').split('\0').includes(`${MARKER}=${marker}`))
  return found.flatMap((pid) => {
    const command = readProcFile(pid, 'cmdline').replaceAll('\0', ' ').trim().slice(0, 120)
    return command !== '' && end(pid) ? [`${pid} ${command}`] : [] // an empty command line is a zombie
  })
}

function processIds(): readonly number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

/** Empty when the process has ended or belongs to somebody else. */
function readProcFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1')
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return ''
    throw error
  }
}

function end(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}
