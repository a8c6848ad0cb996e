import { readdir, readFile } from 'node:fs/promises'

export interface ProcessorTime {
  /** Of all processes of the shop. */
  readonly nodeMs: number
  /** Of PostgreSQL: the postmaster and all its backends, ended ones included. */
  readonly databaseMs: number
  /** Of all processes of the shop, and the largest of them. */
  readonly nodeRssMb: number
  readonly largestRssMb: number
}

/** Processor time so far of a shop, however many its processes, and of the embedded PostgreSQL below it (Linux). */
export async function readProcessorTime(shopProcessId: number): Promise<ProcessorTime> {
  const processes = await readProcesses()
  const family = new Set([shopProcessId])
  for (const { id, parent } of processes) if (family.has(parent)) family.add(id)
  const members = processes.filter(({ id }) => family.has(id))
  const [database, node] = [true, false].map((wanted) => members.filter(({ isDatabase }) => isDatabase === wanted))
  const rssMb = node!.map((process) => process.rssMb)
  return {
    nodeMs: sum(node!.map(({ ticks }) => ticks)) * MS_PER_TICK,
    databaseMs: sum(database!.map(({ ticks }) => ticks)) * MS_PER_TICK,
    nodeRssMb: sum(rssMb),
    largestRssMb: Math.max(...rssMb),
  }
}

const MS_PER_TICK = 10
const MB_PER_PAGE = 4_096 / 1_048_576

interface Process {
  readonly id: number
  readonly parent: number
  readonly isDatabase: boolean
  readonly ticks: number
  readonly rssMb: number
}

async function readProcesses(): Promise<Process[]> {
  const ids = (await readdir('/proc')).map(Number).filter((id) => id > 0)
  const found = await Promise.all(ids.map(readProcess))
  return found.filter((one) => one !== null).toSorted((a, b) => a.id - b.id)
}

async function readProcess(id: number): Promise<Process | null> {
  try {
    const stat = await readFile(`/proc/${id}/stat`, 'utf8')
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
    // After the name: state, parent, …, utime, stime, cutime, cstime, …, rss are fields 3, 4, 14–17, 24 of proc(5).
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const isDatabase = name === 'postgres'
    // Children that ended count with their parent: backends with the postmaster. A supervisor's own are still there.
    const ticks = fields[11]! + fields[12]! + (isDatabase ? fields[13]! + fields[14]! : 0)
    return { id, parent: fields[1]!, isDatabase, ticks, rssMb: Math.round(fields[21]! * MB_PER_PAGE) }
  } catch {
    return null // it ended meanwhile
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
