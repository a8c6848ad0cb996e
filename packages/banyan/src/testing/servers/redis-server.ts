import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { findBinary, findFreePort } from '../../chaos/index.ts'

/** A throw-away Redis that keeps nothing on disk. */
export interface TestRedis extends AsyncDisposable {
  /** The same after each start. */
  readonly url: string
  /** At once, as a crash would. */
  kill(): Promise<void>
  /** Empty. */
  start(): Promise<void>
  /** Holds still without closing a connection, until `resume`. */
  freeze(): void
  resume(): void
  /** Any command, by words; its answer as Redis writes it. */
  command(...words: readonly string[]): Promise<string>
  /** Ends the server and removes its folder. Idempotent. */
  stop(): Promise<void>
}

export async function startTestRedis(): Promise<TestRedis> {
  const binary = findBinary('redis-server', ['redis-server'], process.env)
  const folder = await mkdtemp(join(tmpdir(), 'banyan-redis-'))
  const port = await findFreePort()
  let server: ChildProcess | null = null
  const killAtExit = () => server?.kill('SIGKILL')
  process.once('exit', killAtExit)
  await start()

  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    start,
    freeze: () => void server?.kill('SIGSTOP'),
    resume: () => void server?.kill('SIGCONT'),
    command: (...words) => ask(port, words),
    stop,
    [Symbol.asyncDispose]: stop,
  }

  async function start(): Promise<void> {
    const place = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder]
    server = spawn(binary, [...place, '--save', '', '--appendonly', 'no', '--daemonize', 'no'], { stdio: 'ignore' })
    await untilReady(port, server)
  }

  async function kill(): Promise<void> {
    const ending = server
    server = null
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return
    const exited = once(ending, 'exit')
    ending.kill('SIGKILL')
    await exited
  }

  async function stop(): Promise<void> {
    process.off('exit', killAtExit)
    await kill()
    await rm(folder, { recursive: true, force: true })
  }
}

const START_LIMIT_MS = 60_000

async function untilReady(port: number, server: ChildProcess): Promise<void> {
  const endAtMs = performance.now() + START_LIMIT_MS
  while (performance.now() < endAtMs) {
    if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}`)
    if ((await ask(port, ['PING']).catch(() => '')).startsWith('+PONG')) return
    await pause(10)
  }
  throw new Error(`redis-server did not listen within ${START_LIMIT_MS} ms`)
}

/** Over a connection of its own, in the inline form of the protocol. */
async function ask(port: number, words: readonly string[]): Promise<string> {
  const socket = createConnection({ host: '127.0.0.1', port })
  try {
    await once(socket, 'connect')
    socket.write(`${words.join(' ')}\r\n`)
    const [answer] = (await once(socket, 'data')) as [Buffer]
    return answer.toString()
  } finally {
    socket.destroy()
  }
}
