import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Clock } from '../core/index.ts'
import { askStatus, type Environment } from '../runtime/index.ts'
import { childrenOf, nameOf } from './processes.ts'

export interface SystemOptions {
  /** Node, its options, the command. */
  readonly program: readonly string[]
  /** With `BANYAN_DATA` and `BANYAN_TOPOLOGY`. */
  readonly environment: Environment
  readonly dataFolder: string
  /** Who started the database server. Default: the app. */
  readonly databaseKeeper?: number
  /** It runs as several processes, which a supervisor looks after. */
  readonly isFleet: boolean
  /** Where everything goes that it says. */
  readonly logFile: string
  readonly clock: Clock
}

/** The app as its users run it, seen from outside: processes, an address, files. Nothing of it is in this process. */
export interface System extends AsyncDisposable {
  readonly url: string
  /** Of what was started: the app itself, or its supervisor. */
  readonly processId: number
  readonly isFleet: boolean
  /** Resolves when it is ready. Whatever ran before must have ended. @throws when it ends before that, and once this is closed. */
  start(): Promise<void>
  /** What serves: the one process, or those that are ready under the supervisor. */
  processes(): Promise<readonly SystemProcess[]>
  /** The PostgreSQL server that it runs; `null`: none at the moment. */
  databaseServer(): Promise<number | null>
  /** Resolves to the signal that ended it. */
  readonly ended: Promise<NodeJS.Signals | null>
  /** A `banyan` command over the same data, in a process of its own. */
  command(...args: readonly string[]): Promise<CommandResult>
  /** Drains it; it may be started again. Idempotent. */
  stop(): Promise<void>
  /** Drains it for good: a fault that is still being healed starts it no more. Idempotent. */
  close(): Promise<void>
}

export interface SystemProcess {
  readonly name: string
  readonly processId: number
}

export interface CommandResult {
  readonly code: number
  /** Its answer. */
  readonly stdout: string
  /** Its answer, and whatever it said beside it. */
  readonly output: string
}

export function createSystem(options: SystemOptions): System {
  const { program, environment, dataFolder, isFleet } = options
  const log = createWriteStream(options.logFile, { flags: 'a' })
  let child: ChildProcess | null = null
  let ended: Promise<NodeJS.Signals | null> = Promise.resolve(null)
  let url = ''
  let isClosed = false

  return {
    isFleet,
    get url() {
      return url
    },
    get processId() {
      return child!.pid!
    },
    get ended() {
      return ended
    },
    async start() {
      if (isClosed) throw new Error('the run is over: the app is not started again')
      const [file, ...args] = program
      const started = spawn(file!, [...args, 'start'], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
      child = started
      ended = once(started, 'exit').then(([, signal]) => signal as NodeJS.Signals | null)
      started.stderr.pipe(log, { end: false })
      url = await readUrl(started, log)
    },
    async processes() {
      if (!isFleet) return [{ name: 'trunk', processId: child!.pid! }]
      const { instances } = await askStatus(dataFolder)
      return instances.flatMap(({ id, state, processId }) =>
        state === 'ready' ? { name: id, processId: processId! } : [],
      )
    },
    async databaseServer() {
      const children = await childrenOf(options.databaseKeeper ?? child!.pid!)
      const names = await Promise.all(children.map(nameOf))
      return children.find((_, index) => names[index] === 'postgres') ?? null
    },
    command: (...args) => runCommand(options, args),
    stop,
    close,
    [Symbol.asyncDispose]: close,
  }

  async function stop(): Promise<void> {
    child?.kill('SIGTERM')
    await ended
  }

  async function close(): Promise<void> {
    isClosed = true
    await stop()
    if (!log.closed) await new Promise<void>((resolve) => log.end(resolve))
  }
}

/** From then on only the log is told what it says. */
async function readUrl(child: ChildProcess, log: WriteStream): Promise<string> {
  const lines = createInterface({ input: child.stdout! })
  const ready = Promise.withResolvers<string>()
  lines.on('line', (line) => {
    log.write(`${line}\n`)
    const url = /^ready (\S+)/.exec(line)?.[1]
    if (url !== undefined) ready.resolve(url)
  })
  child.once('exit', (code, signal) => {
    ready.reject(new Error(`the app ended with ${signal ?? code} before it was ready`))
  })
  return ready.promise
}

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

function runCommand({ program, environment }: SystemOptions, args: readonly string[]): Promise<CommandResult> {
  const [file, ...before] = program
  const how = { env: { ...environment }, maxBuffer: MAX_OUTPUT_BYTES }
  return new Promise((resolve) => {
    execFile(file!, [...before, ...args], how, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, output: stdout + stderr }),
    )
  })
}
