import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { ServerUser } from './server-user.ts'

export interface Program {
  readonly binaries: string
  readonly name: 'initdb' | 'postgres'
  readonly args: readonly string[]
  readonly user: ServerUser | null
}

/** The server gets nothing of our environment: it holds secrets, and the server's user may read its own. */
export const SERVER_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

/** Runs a program of the server to its end. Returns what it said on standard error. */
export async function runProgram(program: Program): Promise<{ code: number | null; errors: string }> {
  const child = spawn(join(program.binaries, 'bin', program.name), program.args, {
    ...program.user,
    cwd: '/',
    env: SERVER_ENVIRONMENT,
    detached: true, // Ctrl-C is for us
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-10_000)))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return { code, errors }
}
