import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** A throw-away HTTP cache in front of an origin, with the configuration that `deploy/` ships. */
export interface SharedCache extends AsyncDisposable {
  readonly name: string
  /** What clients are given. */
  readonly url: string
  /** `CDN_PURGE_URL` of this cache. */
  readonly purgeUrl: string
  /** Ends the server and removes its folder. Idempotent. */
  stop(): Promise<void>
}

export interface SharedCacheOptions {
  /** Of the shop: `http://127.0.0.1:3000`. */
  readonly origin: string
}

/** A folder of its own for one server; removed with it, whatever happens. */
export interface ServerFolder {
  readonly path: string
  /** Ends the server when the test ends, and with it at the latest. */
  keep(server: ChildProcess): void
  stop(): Promise<void>
}

export async function openServerFolder(name: string): Promise<ServerFolder> {
  const path = await mkdtemp(join(tmpdir(), `banyan-${name}-`))
  let server: ChildProcess | null = null
  const killAtExit = () => server?.kill('SIGKILL')
  process.once('exit', killAtExit)
  return {
    path,
    keep: (started) => void (server = started),
    async stop() {
      process.off('exit', killAtExit)
      if (server && server.exitCode === null && server.signalCode === null) {
        const exited = once(server, 'exit')
        server.kill('SIGTERM') // both end their workers, too
        await exited
      }
      server = null
      await rm(path, { recursive: true, force: true })
    },
  }
}

/** A shipped configuration with other addresses. @throws Error when it does not name what is to be replaced. */
export async function readShipped(file: URL, replaced: Readonly<Record<string, string>>): Promise<string> {
  let text = await readFile(file, 'utf8')
  for (const [from, to] of Object.entries(replaced)) {
    if (!text.includes(from)) throw new Error(`${file.pathname} does not hold '${from}'`)
    text = text.replaceAll(from, to)
  }
  return text
}

const START_LIMIT_MS = 60_000
const TRY_LIMIT_MS = 5_000

/** Resolves once the server answers anything at all. @throws Error with what it said when it ended instead. */
export async function waitForAnswer(url: string, server: ChildProcess, output: () => string): Promise<void> {
  const endAtMs = performance.now() + START_LIMIT_MS
  while (performance.now() < endAtMs) {
    const end = server.exitCode ?? server.signalCode
    if (end !== null) throw new Error(`${server.spawnfile} ended with ${end}: ${output()}`)
    const answered = await fetch(url, { signal: AbortSignal.timeout(TRY_LIMIT_MS) }).then(
      async (response) => (await response.arrayBuffer(), true),
      () => false, // not there yet
    )
    if (answered) return
    await pause(20)
  }
  throw new Error(`${server.spawnfile} did not answer within ${START_LIMIT_MS} ms: ${output()}`)
}
