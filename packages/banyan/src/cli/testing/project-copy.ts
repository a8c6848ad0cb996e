import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, chmodSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface ProjectCopy extends Disposable {
  readonly root: string
}

const COPIED = [
  'package.json',
  'tsconfig.json',
  '.oxlintrc.json',
  '.oxfmtrc.json',
  'banyan.config.ts',
  'packages',
  'tools',
]
const OURS = new Set(['banyan', 'shop', 'console', '.cache'])

/** This repository's sources in a temp folder, with the packages installed here: for commands that write sources. */
export function copyProject(from: string): ProjectCopy {
  const root = mkdtempSync(join(tmpdir(), 'banyan-copy-'))
  chmodSync(root, 0o755) // the database server runs as another user when this is root
  for (const path of COPIED) cpSync(join(from, path), join(root, path), { recursive: true })
  mkdirSync(join(root, 'node_modules'))
  for (const name of readdirSync(join(from, 'node_modules'))) {
    if (!OURS.has(name)) symlinkSync(join(from, 'node_modules', name), join(root, 'node_modules', name))
  }
  for (const name of readdirSync(join(root, 'packages'))) {
    symlinkSync(join(root, 'packages', name), join(root, 'node_modules', name))
  }
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }) }
}
