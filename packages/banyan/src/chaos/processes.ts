import { readFile } from 'node:fs/promises'

// What Linux says of processes that are not ours: nothing here asks the system under test.

/** None where the process is gone. */
export async function childrenOf(processId: number): Promise<readonly number[]> {
  const text = await readProc(processId, `task/${processId}/children`)
  return text.split(' ').flatMap((word) => (word.trim() === '' ? [] : Number(word)))
}

/** `postgres`; empty when it is gone. */
export async function nameOf(processId: number): Promise<string> {
  return (await readProc(processId, 'comm')).trim()
}

/** How it calls itself: `postgres: banyan_orders orders [local] idle`. */
export async function titleOf(processId: number): Promise<string> {
  return (await readProc(processId, 'cmdline')).replaceAll('\0', ' ').trim()
}

/** `R`, `S`, `T` (stopped) …; `null`: it is gone. */
export async function stateOf(processId: number): Promise<string | null> {
  return /\) (\w)/.exec(await readProc(processId, 'stat'))?.[1] ?? null
}

/** Resident memory, MB; 0: it is gone. */
export async function memoryOf(processId: number): Promise<number> {
  const kilobytes = /VmRSS:\s+(\d+)/.exec(await readProc(processId, 'status'))?.[1]
  return Math.round(Number(kilobytes ?? 0) / 1_024)
}

export function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0)
  } catch {
    return false // ESRCH: no such process
  }
}

function readProc(processId: number, file: string): Promise<string> {
  // It may end while it is looked at.
  return readFile(`/proc/${processId}/${file}`, 'utf8').catch(() => '')
}
