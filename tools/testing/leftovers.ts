import { readdirSync, readFileSync } from 'node:fs'

/** Inherited by all that a test file starts, so that a process is known as its own even after being re-parented. */
export const MARKER = 'BANYAN_TEST_FILE_RUN'

export interface Traces {
  /** Value of `MARKER` in the environment. */
  readonly marker: string
  /** Temp folder of the run: servers get a clean environment, but their command line names where they work. */
  readonly folder: string
}

/** Kills what a test file has left running and says what it was. Linux only (/proc); elsewhere it finds nothing. */
export function endLeftovers({ marker, folder }: Traces): readonly string[] {
  return processIds().flatMap((pid) => {
    const command = readProcFile(pid, 'cmdline').replaceAll('\0', ' ').trim() // empty: a zombie
    const isOurs = command.includes(folder) || readProcFile(pid, 'environ').split('\0').includes(`${MARKER}=${marker}`)
    if (!isOurs || command === '') return []
    end(pid)
    return [`${pid} ${command.slice(0, 120)}`]
  })
}

function processIds(): readonly number[] {
  if (process.platform !== 'linux') return []
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return ids.map(Number).filter((pid) => pid !== process.pid)
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

/** The process, and the group that it leads, if it does; either may have ended in the meantime. */
function end(pid: number): void {
  kill(-pid)
  kill(pid)
}

function kill(target: number): void {
  try {
    process.kill(target, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
