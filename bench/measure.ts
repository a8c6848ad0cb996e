import { readdirSync, readFileSync } from 'node:fs'

export interface MeasureOptions {
  readonly seconds: number
  /** Process id of the PostgreSQL whose processor time is counted in. */
  readonly serverProcessId: number
}

/** Runs `work` by so many callers at once and prints rate, latency, and the processor time of Node and PostgreSQL. */
export function createMeasure({ seconds, serverProcessId }: MeasureOptions) {
  return async (name: string, callers: number, work: () => Promise<unknown>): Promise<void> => {
    await loop(callers, 500, work)
    const before = process.cpuUsage()
    const serverBefore = serverCpuMicros(serverProcessId)
    const { times, elapsedMs } = await loop(callers, seconds * 1_000, work)
    const { user, system } = process.cpuUsage(before)
    const server = serverCpuMicros(serverProcessId) - serverBefore
    times.sort((a, b) => a - b)
    const at = (part: number) => times[Math.floor(times.length * part)]!.toFixed(2)
    const each = (micros: number) => (micros / times.length).toFixed(1)
    const perSecond = Math.round((times.length / elapsedMs) * 1_000)
    console.log(
      `${name.padEnd(34)} ${String(callers).padStart(4)} ${String(perSecond).padStart(8)}/s  p50 ${at(0.5)} ms  p99 ${at(0.99)} ms  ${each(user + system)} µs of Node, ${each(server)} of PostgreSQL each`,
    )
  }
}

async function loop(callers: number, ms: number, work: () => Promise<unknown>) {
  const times: number[] = []
  const start = performance.now()
  const caller = async () => {
    while (performance.now() < start + ms) {
      const from = performance.now()
      await work()
      times.push(performance.now() - from)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return { times, elapsedMs: performance.now() - start }
}

/** Processor time of PostgreSQL's processes, from /proc (Linux), in ticks of 10 ms. */
function serverCpuMicros(processId: number): number {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(readStat)
    .filter(([pid, parent]) => pid === processId || parent === processId)
  return stats.reduce((sum, [, , ticks]) => sum + ticks, 0) * 10_000
}

function readStat(pid: string): readonly [pid: number, parent: number, ticks: number] {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')
    return [Number(pid), Number(fields[1]), Number(fields[11]) + Number(fields[12])]
  } catch {
    return [0, 0, 0] // ended meanwhile
  }
}
