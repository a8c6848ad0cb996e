import { type ChildProcess, spawn } from 'node:child_process'
import { open, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../core/index.ts'
import { toStartError } from './data-folder.ts'
import type { Placement } from './placement.ts'
import { SERVER_ENVIRONMENT } from './run-program.ts'
import { type ServerSettings, toArguments } from './server-settings.ts'

export interface PostmasterOptions {
  readonly binaries: string
  readonly place: Placement
  readonly settings: ServerSettings
  /** Recovery after a crash counts too. */
  readonly startTimeoutMs: number
  readonly clock: Clock
}

/** A server that accepts connections. */
export interface Postmaster {
  readonly processId: number
  /** Resolves when the process is gone, for whatever reason. */
  readonly exited: Promise<void>
  /** Fast shutdown: open transactions are rolled back, data flushed. Immediate (recovery at the next start) when that takes over 20 s. */
  stop(): Promise<void>
  /** Asks for a fast shutdown and does not wait: for a process that is exiting. */
  interrupt(): void
}

const POLL_MS = 5
const MAX_LOG_BYTES = 8 << 20

/**
 * Starts `postgres` itself: pg_ctl would only stand between us and its exit. In a process group of its own, so that
 * Ctrl-C reaches this process alone, which then stops the server in order.
 * @throws `data.EMBEDDED_DISK_FULL`, `data.EMBEDDED_PORT_TAKEN`, `data.EMBEDDED_FAILED`
 */
export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster> {
  const { clock } = options
  const deadline = clock.monotonicMs() + options.startTimeoutMs
  for (;;) {
    const attempt = await tryStart(options, deadline)
    if (typeof attempt !== 'string') return attempt
    // Backends of a postmaster that was killed still hold its memory; they notice within moments.
    const isClearing = attempt.includes('pre-existing shared memory block') && clock.monotonicMs() < deadline
    if (!isClearing) throw await toStartError(options.place, attempt, options.settings.tcpPort)
    await clock.sleep(100)
  }
}

/** The server, or what its log says about why it ended. */
async function tryStart(options: PostmasterOptions, deadline: number): Promise<Postmaster | string> {
  const { place, clock } = options
  const log = await openLog(place.log)
  const child = spawnServer(options, log.fd)
  await log.handle.close()
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  while (isRunning(child)) {
    if (await isReady(place.data, child.pid!)) return toPostmaster(child, exited, clock)
    if (clock.monotonicMs() > deadline) await stopServer(child, exited, clock)
    await Promise.race([exited, clock.sleep(POLL_MS)])
  }
  return (await readFile(place.log)).subarray(log.size).toString()
}

function toPostmaster(child: ChildProcess, exited: Promise<void>, clock: Clock): Postmaster {
  return {
    processId: child.pid!,
    exited,
    stop: () => stopServer(child, exited, clock),
    interrupt: () => void (isRunning(child) && child.kill(FAST)),
  }
}

function spawnServer({ binaries, place, settings }: PostmasterOptions, log: number): ChildProcess {
  return spawn(join(binaries, 'bin', 'postgres'), toArguments(place, settings), {
    ...place.user,
    cwd: place.home,
    env: SERVER_ENVIRONMENT,
    detached: true,
    // A file, not a pipe: when this process is killed the server must still be able to write.
    stdio: ['ignore', log, log],
  })
}

async function openLog(path: string): Promise<{ handle: Awaited<ReturnType<typeof open>>; fd: number; size: number }> {
  const { size } = await stat(path).catch(() => ({ size: 0 }))
  if (size > MAX_LOG_BYTES) await rename(path, `${path}.1`)
  const handle = await open(path, 'a', 0o600)
  return { handle, fd: handle.fd, size: size > MAX_LOG_BYTES ? 0 : size }
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}

/** Line 8 of postmaster.pid is its status (PostgreSQL's src/include/utils/pidfile.h). */
async function isReady(data: string, pid: number): Promise<boolean> {
  const file = await readPidFile(data)
  return file !== null && file.pid === pid && file.status === 'ready'
}

export async function readPidFile(data: string): Promise<{ pid: number; status: string } | null> {
  // No file, or none that we may read: no server of ours runs there.
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => null)
  if (text === null) return null
  const lines = text.split('\n')
  return { pid: Number(lines[0]), status: (lines[7] ?? '').trim() }
}

export const FAST = 'SIGINT'
export const IMMEDIATE = 'SIGQUIT'
export const FAST_SHUTDOWN_MS = 20_000

async function stopServer(child: ChildProcess, exited: Promise<void>, clock: Clock): Promise<void> {
  if (!isRunning(child)) return
  child.kill(FAST)
  const cancel = clock.schedule(FAST_SHUTDOWN_MS, () => child.kill(IMMEDIATE))
  await exited
  cancel()
}
