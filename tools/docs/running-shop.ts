import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface RunningShop {
  readonly url: string
  /** What it wrote to standard output until it was ready. */
  readonly greeting: string
  /** Its `BANYAN_DATA`, for commands beside it. */
  readonly dataFolder: string
  /** Sends SIGTERM; the exit code. Removes the data folder. */
  stop(): Promise<number | null>
}

const START_TIMEOUT_MS = 60_000

/** `npm start` as a newcomer runs it, on a free port and a fresh data folder. */
export async function startShop(root: string, environment: Record<string, string> = {}): Promise<RunningShop> {
  const data = mkdtempSync(join(tmpdir(), 'banyan-docs-'))
  chmodSync(data, 0o755) // the database server runs as another user when this is root
  const child = spawn(process.execPath, [join(root, 'packages/banyan/bin/banyan.js'), 'start'], {
    cwd: root,
    env: { ...process.env, PORT: '0', BANYAN_DATA: join(data, 'data'), LOG_LEVEL: 'warn', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    rmSync(data, { recursive: true, force: true })
    return child.exitCode
  }
  try {
    const greeting = await untilReady(child)
    return { url: /^ready (\S+)/m.exec(greeting)![1]!, greeting, dataFolder: join(data, 'data'), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function untilReady(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    const fail = (why: string) => reject(new Error(`${why} Its output:\n${output}`))
    const timer = setTimeout(
      () => fail(`The shop was not ready within ${START_TIMEOUT_MS / 1000} s.`),
      START_TIMEOUT_MS,
    )
    const read = (chunk: Buffer) => {
      output += chunk.toString('utf8')
      if (!/^ready \S+/m.test(output)) return
      clearTimeout(timer)
      resolve(output)
    }
    child.stdout!.on('data', read)
    child.stderr!.on('data', read)
    child.once('exit', (code) => {
      clearTimeout(timer)
      fail(`The shop ended with ${code} before it was ready.`)
    })
  })
}
