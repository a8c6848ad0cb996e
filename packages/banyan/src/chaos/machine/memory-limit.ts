import { execFile } from 'node:child_process'
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { isAlive } from '../processes.ts'

/** What holds one process to the memory that it has, and a little more. */
export interface MemoryLimit extends AsyncDisposable {
  /** `cgroup v1`, `cgroup v2`, `RLIMIT_DATA`. */
  readonly means: string
  /** Leaves it nothing beyond what it uses now: for a process that has come to terms with the limit. */
  tighten(): Promise<void>
  /** How often the kernel killed it for want of memory; `null`: this way of limiting does not count. */
  countKills(): Promise<number | null>
}

/**
 * A control group inside the process's own, so that whatever limits hold for it go on holding; where the system lets nobody make
 * one, the kernel's limit of the process itself, which refuses what a group would kill for. `null`: it has neither.
 */
export async function limitMemory(processId: number, roomBytes: number): Promise<MemoryLimit | null> {
  const text = await readText(`/proc/${processId}/cgroup`)
  const limits = findGroups(text, await isDelegated(text)).map(
    (group) => () => limitByGroup(group, processId, roomBytes),
  )
  for (const limit of [...limits, () => limitData(processId, roomBytes)]) {
    // Not allowed here, or not there: the next way is tried.
    const found = await limit().catch(() => null)
    if (found !== null) return found
  }
  return null
}

interface Group {
  readonly version: 'v1' | 'v2'
  /** The process's own. */
  readonly home: string
  /** To be made. */
  readonly folder: string
}

const ROOT = '/sys/fs/cgroup'
const NAME = 'banyan-chaos'

/**
 * Where a group for a process can be made, from `/proc/ID/cgroup`. Under version 2 only a group without processes of its own has
 * groups with limits inside it: the new one stands beside the process's.
 */
export function findGroups(text: string, isV2Delegated: boolean): readonly Group[] {
  return text.split('\n').flatMap((line): Group[] => {
    const [, controllers = '', path = ''] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    if (controllers.split(',').includes('memory')) {
      const home = join(ROOT, 'memory', path)
      return [{ version: 'v1', home, folder: join(home, NAME) }]
    }
    if (path === '' || controllers !== '' || !isV2Delegated) return []
    return [{ version: 'v2', home: join(ROOT, path), folder: join(ROOT, dirname(path), NAME) }]
  })
}

async function isDelegated(text: string): Promise<boolean> {
  const path = /^0::(\/.*)$/m.exec(text)?.[1]
  if (path === undefined) return false
  return (await readText(join(ROOT, dirname(path), 'cgroup.subtree_control'))).split(/\s/).includes('memory')
}

const FILES = {
  v1: { limit: 'memory.limit_in_bytes', usage: 'memory.usage_in_bytes', kills: 'memory.oom_control' },
  v2: { limit: 'memory.max', usage: 'memory.current', kills: 'memory.events' },
} as const

/** What it had before stays charged to its old group: the limit is on what it takes from now on. */
async function limitByGroup(
  { version, home, folder }: Group,
  processId: number,
  roomBytes: number,
): Promise<MemoryLimit> {
  const files = FILES[version]
  const write = (file: string, value: number) => writeFile(join(folder, file), String(value))
  const leave = async () => {
    if (isAlive(processId)) await writeFile(join(home, 'cgroup.procs'), String(processId))
    await rmdir(folder)
  }
  // With `recursive` it may be there: a run that was called off left it.
  await mkdir(folder, { recursive: true })
  try {
    await write(files.limit, roomBytes)
    await write('cgroup.procs', processId)
  } catch (error) {
    await leave()
    throw error
  }
  return {
    means: `cgroup ${version}`,
    tighten: async () => write(files.limit, Number(await readFile(join(folder, files.usage), 'utf8'))),
    countKills: async () =>
      Number(/^oom_kill (\d+)/m.exec(await readFile(join(folder, files.kills), 'utf8'))?.[1] ?? 0),
    [Symbol.asyncDispose]: leave,
  }
}

const run = promisify(execFile)

/** A process that is refused memory by `mmap` ends itself: V8 aborts. */
export async function limitData(processId: number, roomBytes: number): Promise<MemoryLimit> {
  await limitTo(roomBytes)
  return {
    means: 'RLIMIT_DATA',
    tighten: () => limitTo(0),
    countKills: async () => null,
    [Symbol.asyncDispose]: async () => {},
  }

  async function limitTo(moreBytes: number): Promise<void> {
    const kilobytes = Number(/VmData:\s+(\d+)/.exec(await readFile(`/proc/${processId}/status`, 'utf8'))![1])
    await run('prlimit', ['--pid', String(processId), `--data=${kilobytes * 1_024 + moreBytes}`])
  }
}

function readText(path: string): Promise<string> {
  // Not there: nothing is known of it.
  return readFile(path, 'utf8').catch(() => '')
}
