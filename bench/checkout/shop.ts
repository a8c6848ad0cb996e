import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

const BANYAN = new URL('../../packages/banyan/bin/banyan.js', import.meta.url).pathname

/** The shop as `npm start` starts it, in a process and a folder of its own, with fsync on. */
export interface BenchShop extends AsyncDisposable {
  readonly url: string
  readonly processId: number
  readonly folder: string
}

export const ADMIN_PASSWORD = 'bench-admin-password'

/** @param cwd Where the app's configuration is. */
export async function startShop(environment: Record<string, string> = {}, cwd?: string): Promise<BenchShop> {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-bench-'))
  const child = spawn(BANYAN, ['start'], {
    cwd,
    env: {
      ...process.env,
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      BANYAN_DATA: folder,
      PORT: '0',
      ADMIN_PASSWORD,
      LOG_LEVEL: 'warn',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const url = await readUrl(child)
  return {
    url,
    processId: child.pid!,
    folder,
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      if (child.exitCode === null) child.kill('SIGTERM')
      await ended
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function readUrl(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const match = /^ready (\S+)/.exec(line)
    if (match) return match[1]!
  }
  throw new Error('the shop ended before it was ready')
}
