import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

/** Sends a signal; false when there is no such process. Signal 0 only asks. */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // it is there, and another user's
  }
}

/**
 * The command line of a process, '' when it has ended. One that has ended and is not yet waited for (in a container
 * whose first process never waits, that is for ever) still answers signal 0, but has no command line any more.
 */
export async function readCommand(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ')
  }
  const listed = await promisify(execFile)('ps', ['-o', 'stat=,command=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }))
  return listed.stdout.startsWith('Z') ? '' : listed.stdout
}
