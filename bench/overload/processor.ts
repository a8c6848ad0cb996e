import { readFileSync } from 'node:fs'
import type { ChildProcess } from 'node:child_process'

/** What a process got of the processor, and how long it stood in the line for it, milliseconds. */
export interface ProcessorTime {
  readonly ran: number
  readonly waited: number
}

/** Of the main thread since it began: the one that serves. Linux only. */
export function readProcessor({ pid }: ChildProcess): ProcessorTime {
  const [ran, waited] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')
  return { ran: Number(ran) / 1e6, waited: Number(waited) / 1e6 }
}

export function since(before: ProcessorTime, after: ProcessorTime): ProcessorTime {
  return { ran: after.ran - before.ran, waited: after.waited - before.waited }
}
