import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { findBinary, findFreePort } from '../../chaos/index.ts'

/** A throw-away NATS with JetStream, its store in a temp folder. */
export interface TestNats extends AsyncDisposable {
  /** The same after each start. */
  readonly url: string
  /** Where it shows its state over HTTP, as of its last start. */
  readonly monitorUrl: string
  /** At once, as a crash would. */
  kill(): Promise<void>
  /** It stays, and does nothing any more. */
  freeze(): void
  resume(): void
  start(): Promise<void>
  /** Kills it, removes all that it stored, and starts it again. */
  wipe(): Promise<void>
  /** Ends the server and removes its folder. Idempotent. */
  stop(): Promise<void>
}

export async function startTestNats(): Promise<TestNats> {
  const binary = findBinary('nats-server', ['nats-server'], process.env)
  const folder = await mkdtemp(join(tmpdir(), 'banyan-nats-'))
  let server: ChildProcess | null = null
  const port = await findFreePort()
  let monitorUrl = ''
  const killAtExit = () => server?.kill('SIGKILL')
  process.once('exit', killAtExit)
  await start()

  return {
    url: `nats://127.0.0.1:${port}`,
    get monitorUrl() {
      return monitorUrl
    },
    kill,
    freeze: () => void server?.kill('SIGSTOP'),
    resume: () => void server?.kill('SIGCONT'),
    start,
    wipe,
    stop,
    [Symbol.asyncDispose]: stop,
  }

  async function start(): Promise<void> {
    const ports = join(folder, 'ports')
    const place = ['--addr', '127.0.0.1', '--port', String(port), '--http_port', '-1', '--ports_file_dir', folder]
    await rm(ports, { force: true, recursive: true })
    server = spawn(binary, [...place, '--jetstream', '--store_dir', join(folder, 'store')], { stdio: 'ignore' })
    monitorUrl = (await readPlaces(folder, server)).monitoring[0]!
  }

  async function kill(): Promise<void> {
    const ending = server
    server = null
    if (!ending || ending.exitCode !== null || ending.signalCode !== null) return
    const exited = once(ending, 'exit')
    ending.kill('SIGKILL')
    await exited
  }

  async function wipe(): Promise<void> {
    await kill()
    await rm(join(folder, 'store'), { recursive: true, force: true })
    await start()
  }

  async function stop(): Promise<void> {
    process.off('exit', killAtExit)
    await kill()
    await rm(folder, { recursive: true, force: true })
  }
}

const START_LIMIT_MS = 60_000

interface Places {
  readonly monitoring: readonly string[]
}

/** The server writes where it listens once it does. */
async function readPlaces(folder: string, server: ChildProcess): Promise<Places> {
  const file = join(folder, `nats-server_${server.pid}.ports`)
  const endAtMs = performance.now() + START_LIMIT_MS
  while (performance.now() < endAtMs) {
    if (server.exitCode !== null) throw new Error(`nats-server ended with ${server.exitCode}`)
    const text = await readFile(file, 'utf8').catch(() => '') // not there yet
    if (text.trim()) return JSON.parse(text) as Places
    await pause(10)
  }
  throw new Error(`nats-server did not listen within ${START_LIMIT_MS} ms`)
}
