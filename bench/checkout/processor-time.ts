import { readdir, readFile } from 'node:fs/promises'

export interface ProcessorTime {
  readonly nodeMs: number
  /** Of PostgreSQL: the postmaster and all its backends, ended ones included. */
  readonly databaseMs: number
  readonly nodeRssMb: number
}

/** Processor time so far of a shop and of the embedded PostgreSQL below it (Linux). */
export async function readProcessorTime(shopProcessId: number): Promise<ProcessorTime> {
  const processes = await readProcesses()
  const family = new Set([shopProcessId])
  for (const { id, parent } of processes) if (family.has(parent)) family.add(id)
  const ms = (id: number) => (processes.find((one) => one.id === id)?.ticks ?? 0) * MS_PER_TICK
  const database = [...family].filter((id) => id !== shopProcessId)
  const status = await readFile(`/proc/${shopProcessId}/status`, 'utf8')
  return {
    nodeMs: ms(shopProcessId),
    databaseMs: database.reduce((sum, id) => sum + ms(id), 0),
    nodeRssMb: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024),
  }
}

const MS_PER_TICK = 10

interface Process {
  readonly id: number
  readonly parent: number
  readonly ticks: number
}

async function readProcesses(): Promise<Process[]> {
  const ids = (await readdir('/proc')).map(Number).filter((id) => id > 0)
  const found = await Promise.all(ids.map(readProcess))
  return found.filter((one) => one !== null).toSorted((a, b) => a.id - b.id)
}

async function readProcess(id: number): Promise<Process | null> {
  try {
    // After the name in parentheses: state, parent, …, utime, stime, cutime, cstime are fields 3, 4, 14–17 of proc(5).
    const fields = (await readFile(`/proc/${id}/stat`, 'utf8')).split(') ').at(-1)!.split(' ').map(Number)
    return { id, parent: fields[1]!, ticks: fields[11]! + fields[12]! + (fields[13]! + fields[14]!) }
  } catch {
    return null // it ended meanwhile
  }
}
