import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Inherited by all that a test file starts, so that a process is known as its own even after being re-parented. */
export const MARKER = 'BANYAN_TEST_FILE_RUN'

export interface Traces {
  /** Value of `MARKER` in the environment. */
  readonly marker: string
  /** Temp folder of the run: servers get a clean environment, but they name it on their command line, or work in it. */
  readonly folder: string
}

/** Kills what a test file has left running and says what it was. Linux only (/proc); elsewhere it finds nothing. */
export function endLeftovers({ marker, folder }: Traces): readonly string[] {
  return processIds().flatMap((pid) => {
    const command = readProcFile(pid, 'cmdline').replaceAll('\0', ' ').trim() // empty: a zombie
    const isMarked = readProcFile(pid, 'environ').split('\0').includes(`${MARKER}=${marker}`)
    if (command === '' || !(isMarked || command.includes(folder) || workingFolder(pid).startsWith(folder))) return []
    end(pid)
    return [`${pid} ${command.slice(0, 120)}`]
  })
}

function processIds(): readonly number[] {
  if (process.platform !== 'linux') return []
  const ids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return ids.map(Number).filter((pid) => pid !== process.pid)
}

/** Where the backends of a PostgreSQL server stay known when it has died without them. */
function workingFolder(pid: number): string {
  return ifThere(() => readlinkSync(`/proc/${pid}/cwd`))
}

function readProcFile(pid: number, name: string): string {
  return ifThere(() => readFileSync(`/proc/${pid}/${name}`, 'latin1'))
}

/** Empty when the process has ended or belongs to somebody else. */
function ifThere(read: () => string): string {
  try {
    return read()
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
