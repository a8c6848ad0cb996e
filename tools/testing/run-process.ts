import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { NODE_COMPILE_CACHE } from './compile-cache.ts'
import { endLeftovers, MARKER } from './leftovers.ts'
import { makeTempFolder } from './temp-folder.ts'

export interface ProcessOptions {
  readonly root: string
  /** A process that has not ended by then is killed, with all it started. Default 300,000: five times what the longest takes. */
  readonly timeoutMs?: number
  /** Aborted: the process is killed, with all it started, and its folder removed. */
  readonly signal?: AbortSignal
}

export interface ProcessResult {
  readonly durationMs: number
  /** What is wrong with it, in the order noticed; empty: it passed. */
  readonly faults: readonly string[]
  /** Everything it wrote, at most the last 64 KiB. */
  readonly output: string
}

const MAX_OUTPUT = 65_536
/** Only somebody who is not ours could hold them open for so long. */
const PIPES_LIMIT_MS = 5_000

/**
 * Runs Node with these arguments in a process group and a temp folder of its own. Besides ending with an error these are faults: not
 * ending (something is still open), processes that outlive it, wherever they were re-parented to, and temp files.
 */
export async function runProcess(args: readonly string[], options: ProcessOptions): Promise<ProcessResult> {
  const { root, timeoutMs = 300_000, signal } = options
  const marker = randomUUID()
  const folder = makeTempFolder()
  const started = performance.now()
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, [MARKER]: marker, TMPDIR: folder, NODE_NO_WARNINGS: '1', NODE_COMPILE_CACHE },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  const collect = (text: string) => (output = (output + text).slice(-MAX_OUTPUT))
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', collect)

  const closed = new Promise((resolve) => child.once('close', resolve))
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    killGroup(child.pid)
  }, timeoutMs)
  const end = () => killGroup(child.pid)
  signal?.addEventListener('abort', end)
  const exit = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not start: ${error.message}`))
    // Not 'close': a leftover child holds the pipes open, and that is just what is to be reported.
    child.once('exit', (code, signal) => resolve(code === 0 ? '' : `ended with ${signal ?? `exit code ${code}`}`))
  })
  clearTimeout(timer)
  signal?.removeEventListener('abort', end)
  const leftovers = endLeftovers({ marker, folder })
  // What it wrote last may still be in the pipes: they close once nobody holds them any more.
  await Promise.race([closed, pause(PIPES_LIMIT_MS, null, { ref: false })])
  const files = readdirSync(folder)
  rmSync(folder, { recursive: true, force: true })
  child.stdout.destroy()
  child.stderr.destroy()

  const faults = [
    timedOut ? `did not end within ${timeoutMs / 1000} s: a test hangs, or something is still open` : exit,
    leftovers.length > 0 ? `left processes behind: ${leftovers.join('; ')}` : '',
    exit === '' && files.length > 0 ? `left files in its temp folder: ${files.slice(0, 5).join(', ')}` : '',
  ].filter((fault) => fault !== '')
  return { durationMs: performance.now() - started, faults, output }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error // it ended in the meantime
  }
}
