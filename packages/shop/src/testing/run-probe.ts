import { execFile } from 'node:child_process'
import { join } from 'node:path'
import type { ShopFixture } from './shop-fixture.ts'

const ROOT = join(import.meta.dirname, '../../../..')

export interface ProbeOutcome {
  readonly code: number
  readonly output: string
  readonly errors: string
}

/** `banyan cache probe` as an operator runs it, in a process of its own. */
export function runProbe(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<ProbeOutcome> {
  const file = join(ROOT, 'packages/banyan/bin/banyan.js')
  const env = { ...process.env, ...environment }
  return new Promise((resolve) => {
    execFile(process.execPath, [file, 'cache', 'probe', ...args], { cwd: ROOT, env }, (error, output, errors) =>
      resolve({ code: Number(error?.code ?? 0), output, errors }),
    )
  })
}

/** An access token of the shop's administrator. */
export async function logInAdmin({ url, admin }: Pick<ShopFixture, 'url' | 'admin'>): Promise<string> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(admin) }
  const response = await fetch(`${url}/api/v2/sessions`, init)
  return ((await response.json()) as { data: { accessToken: string } }).data.accessToken
}
