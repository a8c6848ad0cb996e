import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface PeersOptions {
  /** Outside the repository. */
  readonly folder: string
  /** Of the bench: what is run there. */
  readonly sources: string
  readonly packages: readonly string[]
}

/** Copies the peers into a folder of their own and installs their packages there, the first time. */
export function installPeers({ folder, sources, packages }: PeersOptions): void {
  mkdirSync(folder, { recursive: true })
  for (const from of [fileURLToPath(new URL('peers', import.meta.url)), sources])
    cpSync(from, folder, { recursive: true })
  if (existsSync(join(folder, 'node_modules'))) return
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}')
  execFileSync('npm', ['install', '--no-audit', '--no-fund', ...packages], { cwd: folder, stdio: 'ignore' })
}
