import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Result {
  readonly code: number | null
  readonly output: string
  readonly errors: string
}

export interface Started {
  readonly child: ChildProcess
  output(): string
  /** Waits for it. @throws when it does not come within 30 s, or the process ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  /** Exit code and all that it wrote. */
  readonly ended: Promise<Result>
}

export type Environment = Readonly<Record<string, string>>

/** A project with a data folder of its own, to run `banyan` in as a child process; at its end, none of them stays. */
export interface CommandLine extends Disposable {
  readonly folder: string
  readonly data: string
  /** `PWD` names another working directory. */
  start(args: readonly string[], environment?: Environment): Started
  run(args: readonly string[], environment?: Environment): Promise<Result>
  /** `banyan start`, ready: where it listens. */
  serve(environment?: Environment): Promise<Started & { readonly url: string }>
}

const BANYAN = join(import.meta.dirname, '../../../bin/banyan.js')
const TIMEOUT_MS = 30_000

/** Over the fixture's app, or in a project that is there. */
export function openCommandLine(project?: string): CommandLine {
  const folder = mkdtempSync(join(tmpdir(), 'banyan-cli-'))
  chmodSync(folder, 0o755) // the database server runs as another user when this is root
  const data = join(folder, 'data')
  const app = join(import.meta.dirname, 'fixture-app.ts')
  writeFileSync(join(folder, 'banyan.config.ts'), `export { app } from ${JSON.stringify(app)}\n`)

  const children: ChildProcess[] = []
  const start = (args: readonly string[], environment: Environment = {}): Started => {
    const env = { ...process.env, PORT: '0', BANYAN_DATA: data, LOG_LEVEL: 'error', ...environment }
    const child = spawn(process.execPath, [BANYAN, ...args], { cwd: environment.PWD ?? project ?? folder, env })
    children.push(child)
    return watch(child)
  }
  return {
    folder,
    data,
    start,
    run: (args, environment) => start(args, environment).ended,
    async serve(environment) {
      const started = start(['start'], environment)
      const [, url] = await started.until(/^ready (\S+) \(monolith, \d+ ms\)$/m)
      return { ...started, url: url! }
    },
    [Symbol.dispose]() {
      for (const child of children) child.kill() // what a failed test left would keep its file from ending
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function watch(child: ChildProcess): Started {
  let output = ''
  let errors = ''
  child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')))
  child.stderr!.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output, errors }))
  return { child, output: () => output, ended, until }

  function until(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${why} before ${pattern}:\n${output}\n${errors}`))
      const timer = setTimeout(() => fail(`${TIMEOUT_MS} ms passed`), TIMEOUT_MS)
      const look = () => {
        const found = pattern.exec(output)
        if (!found) return
        clearTimeout(timer)
        resolve(found)
      }
      child.stdout!.on('data', look)
      void ended.then(({ code }) => {
        clearTimeout(timer)
        fail(`It ended with ${code}`)
      })
      look()
    })
  }
}
