import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const ADMIN_PASSWORD = 'the-admin-of-tests'

/** A shop's data folder, for one process after another: what one leaves behind, the next must carry on with. */
export interface ShopFolder extends AsyncDisposable {
  /** What commands find in `BANYAN_DATA`. */
  readonly data: string
  /** Starts the shop as `npm start` does. `arguments`: another program in its place, with what it is given. */
  start(program?: readonly string[]): Promise<ShopChild>
  /** `banyan audit`, in a process of its own. */
  audit(journal: string): Promise<CommandResult>
  /** Any other command over the same data, in a process of its own. */
  command(...args: readonly string[]): Promise<CommandResult>
}

export interface CommandResult {
  readonly code: number
  readonly output: string
}

/** The shop in a process of its own, with a PostgreSQL of its own. */
export interface ShopChild {
  readonly url: string
  readonly processId: number
  /** Resolves when the process is gone, for whatever reason, with the signal that ended it. */
  readonly ended: Promise<string | null>
  /** SIGKILL: no handler runs, nothing is flushed, the database server is orphaned. */
  kill(): Promise<void>
  /** SIGTERM: drains. */
  stop(): Promise<void>
}

/** @param inherited The environment of this process; what matters to the shop is set on top of it. */
export async function createShopFolder(inherited: Environment): Promise<ShopFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-faults-'))
  await chmod(folder, 0o755) // the database server runs as another user when this is root
  const data = join(folder, 'data')
  const environment = {
    LOG_LEVEL: 'silent',
    ...inherited,
    PORT: '0',
    BANYAN_DATA: data,
    ADMIN_PASSWORD,
    RATE_LIMIT_PER_SECOND: '0',
    DRAIN_DELAY_MS: '0',
  }
  let last: ShopChild | null = null
  return {
    data,
    async start(program = [BANYAN, 'start']) {
      last = await startChild(program, environment)
      return last
    },
    audit: (journal) => runCommand(environment, ['audit', '--journal', journal]),
    command: (...args) => runCommand(environment, args),
    async [Symbol.asyncDispose]() {
      await last?.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The command line. */
export const BANYAN = fileURLToPath(new URL('../../../../banyan/bin/banyan.js', import.meta.url))
const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url))

type Environment = Readonly<Record<string, string | undefined>>

/** Starts a program that prints `ready URL` once it serves. */
export async function startChild(program: readonly string[], environment: Environment): Promise<ShopChild> {
  const child = spawn(process.execPath, [...program], {
    cwd: ROOT,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit').then(([, signal]) => signal as string | null)
  const url = await readUrl(child)
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal)
    await ended
  }
  return { url, processId: child.pid!, ended, kill: () => end('SIGKILL'), stop: () => end('SIGTERM') }
}

async function readUrl(child: ChildProcess): Promise<string> {
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout! })) {
    const url = /^ready (\S+)/.exec(line)?.[1]
    if (url !== undefined) return url
    lines.push(line)
  }
  throw new Error(`the shop ended before it was ready; it said: ${lines.join('\n')}`)
}

function runCommand(environment: Environment, args: readonly string[]): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(process.execPath, [BANYAN, ...args], { cwd: ROOT, env: environment }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr }),
    )
  })
}
