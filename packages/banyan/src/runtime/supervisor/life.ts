import { spawn, type ChildProcess, type Serializable } from 'node:child_process'
import type { Clock } from '../../core/index.ts'
import type { ListeningSocket } from '../../gateway/index.ts'
import type { FromProcess, ToProcess } from './messages.ts'

export interface LifeOptions {
  /** Program and arguments that run one process of the topology. */
  readonly program: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly onMessage: (message: FromProcess) => void
  /** Once, when it has ended for whatever reason: `SIGKILL`, `exit code 1`. */
  readonly onEnd: (cause: string) => void
  readonly onOutput: (stream: NodeJS.ReadableStream) => void
}

/** One operating-system process, from its start to its end. */
export interface Life {
  readonly processId: number | null
  tell(message: ToProcess, socket?: ListeningSocket): void
  /** SIGTERM, once; SIGKILL when it has not ended by then. Resolves when it has ended: `true`, it did so by itself. */
  drain(timeoutMs: number): Promise<boolean>
  kill(): void
}

export function beginLife(options: LifeOptions): Life {
  const [file, ...args] = options.program
  const child = spawn(file!, args, {
    env: { ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Not in our group: a terminal's Ctrl-C would reach it, too, and it would drain before the gateway has.
    detached: true,
    serialization: 'json',
  })
  const ended = Promise.withResolvers<void>()
  let draining: Promise<boolean> | null = null
  child.on('message', (message) => options.onMessage(message as FromProcess))
  child.once('error', (error) => end(error.message))
  // After `exit`, so that its last words have been read.
  child.once('close', (code, signal) => end(signal ?? `exit code ${code}`))
  for (const stream of [child.stdout!, child.stderr!]) options.onOutput(stream)

  return {
    processId: child.pid ?? null,
    tell: (message, socket) => tell(child, message, socket),
    drain: (timeoutMs) => (draining ??= drain(timeoutMs)),
    kill: () => void child.kill('SIGKILL'),
  }

  async function drain(timeoutMs: number): Promise<boolean> {
    let isPatient = true
    const cancel = options.clock.schedule(timeoutMs, () => {
      isPatient = false
      child.kill('SIGKILL')
    })
    child.kill('SIGTERM')
    await ended.promise
    cancel()
    return isPatient
  }

  function end(cause: string): void {
    ended.resolve()
    options.onEnd(cause)
  }
}

function tell(child: ChildProcess, message: ToProcess, socket?: ListeningSocket): void {
  if (!child.connected) return
  // A process that is ending cannot be told any more; its end is noticed by itself.
  const ignore = () => undefined
  if (socket) child.send(message as Serializable, socket.handle as never, ignore)
  else child.send(message as Serializable, ignore)
}
