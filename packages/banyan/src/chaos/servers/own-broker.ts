import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '../../core/index.ts'
import type { Environment } from '../../runtime/index.ts'
import { findFreePort } from './free-port.ts'
import { findBinary } from './installed-binary.ts'
import { waitFor } from '../wait-for.ts'

export interface OwnBrokerOptions {
  readonly folder: string
  /** Where programs are found: `PATH`. */
  readonly inherited: Environment
  readonly clock: Clock
}

/** A NATS server with JetStream that the campaign runs for the app, always at the same address. */
export interface OwnBroker extends AsyncDisposable {
  readonly environment: Readonly<Record<string, string>>
  readonly processId: number
  /** SIGKILL. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Removes all that it has stored. It must not run. */
  wipe(): Promise<void>
}

/** @throws when `nats-server` is not installed and cannot be. */
export async function startOwnBroker({ folder, inherited, clock }: OwnBrokerOptions): Promise<OwnBroker> {
  const binary = findBinary('nats-server', ['nats-server'], inherited)
  const store = join(folder, 'store')
  const port = await findFreePort()
  let server: ChildProcess
  await mkdir(folder, { recursive: true })
  await start()
  return {
    environment: { NATS_URL: `nats://127.0.0.1:${port}` },
    get processId() {
      return server.pid!
    },
    kill,
    start,
    wipe: () => rm(store, { recursive: true, force: true }),
    [Symbol.asyncDispose]: kill,
  }

  async function start(): Promise<void> {
    const args = ['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', store]
    server = spawn(binary, args, { stdio: 'ignore' })
    await once(server, 'spawn')
    await waitFor({ clock, what: 'a NATS server', limitMs: 10_000 }, () => isOpen(port))
  }

  async function kill(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return
    const exited = once(server, 'exit')
    server.kill('SIGKILL')
    await exited
  }
}

function isOpen(port: number): Promise<true | null> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (answer: true | null) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => end(true)).once('error', () => end(null))
  })
}
