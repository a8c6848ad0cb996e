import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort, type TestPostgres, type TestRedis } from 'banyan/testing'

/** A shop that is killed and comes back at the same place, with an empty memory. */
export interface KilledShop {
  readonly url: string
  /** At once, and nothing is handed over. */
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

export interface KilledShopOptions {
  readonly name: string
  readonly postgres: TestPostgres
  readonly redis: TestRedis
}

export async function startKilledShop({ name, postgres, redis }: KilledShopOptions): Promise<KilledShop> {
  const port = await findFreePort()
  const environment = { REDIS_URL: redis.url, PORT: String(port) }
  const options = JSON.stringify({ name, postgres: { connection: postgres.connection }, environment })
  // Who is killed removes nothing: what it leaves goes with this folder.
  const folder = await mkdtemp(join(tmpdir(), 'banyan-killed-'))
  const env = { ...process.env, TMPDIR: folder }
  let child: ChildProcess
  await start()
  return {
    url: `http://127.0.0.1:${port}`,
    kill: () => end(() => child.kill('SIGKILL')),
    start,
    async stop() {
      await end(() => child.send('stop'))
      await rm(folder, { recursive: true, force: true })
    },
  }

  async function start(): Promise<void> {
    child = fork(join(import.meta.dirname, 'serve-shop.ts'), [options], { env })
    await once(child, 'message')
  }

  async function end(how: () => unknown): Promise<void> {
    const exited = once(child, 'exit')
    how()
    await exited
  }
}
