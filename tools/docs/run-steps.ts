import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ShellStep } from './shell-steps.ts'

export interface StepResult {
  readonly step: ShellStep
  readonly output: string
}

/** Runs the steps one after another in one shell, as a reader would; a failing command ends it. */
export async function runSteps(
  steps: readonly ShellStep[],
  replace: (script: string) => string,
): Promise<readonly StepResult[]> {
  const script = steps.map(({ script: text }) => `printf '${MARK}'\n${replace(text)}`).join('\n')
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 240_000,
  })
  let output = ''
  let errors = ''
  shell.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')))
  shell.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')))
  const [code] = (await once(shell, 'close')) as [number | null]
  if (code !== 0) throw new Error(`The commands ended with ${code}:\n${output}\n${errors}`)
  const outputs = output.split(MARK).slice(1)
  return steps.map((step, index) => ({ step, output: outputs[index] ?? '' }))
}

const MARK = '@@next step@@'
