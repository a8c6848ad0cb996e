import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { lstatSync, readlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import type { PlantedBug } from './bug.ts'

/** A copy of the tree in a temporary folder, to break in one way after another. */
export interface ScratchCopy extends Disposable {
  readonly root: string
  /** Breaks it. The result mends it again. @throws when the patch no longer fits. */
  plant(bug: Pick<PlantedBug, 'path' | 'files'>): Disposable
}

// What running makes, or what belongs to the machine.
const LEFT_OUT = new Set(['node_modules', '.git', '.banyan', 'dist'])

export function createScratchCopy(root: string): ScratchCopy {
  const copy = mkdtempSync(join(tmpdir(), 'banyan-scratch-'))
  chmodSync(copy, 0o755) // as a clone: servers run as users of their own
  cpSync(root, copy, { recursive: true, filter: (from) => from === root || !LEFT_OUT.has(basename(from)) })
  linkModules(join(root, 'node_modules'), join(copy, 'node_modules'))
  return {
    root: copy,
    plant(bug) {
      const sound = bug.files.map((file) => [join(copy, file), readFileSync(join(copy, file))] as const)
      applyPatch(copy, join(root, bug.path))
      return { [Symbol.dispose]: () => sound.forEach(([file, text]) => writeFileSync(file, text)) }
    },
    [Symbol.dispose]: () => rmSync(copy, { recursive: true, force: true }),
  }
}

/**
 * Every installed package is linked, one by one; only the links into the workspace are made anew, so that `banyan/core` is
 * the copy's and not the original's.
 */
function linkModules(from: string, to: string): void {
  mkdirSync(to)
  for (const name of readdirSync(from).filter((entry) => entry !== '.cache')) {
    const [original, link] = [join(from, name), join(to, name)]
    const isWorkspace = lstatSync(original).isSymbolicLink()
    symlinkSync(isWorkspace ? readlinkSync(original) : original, link)
  }
}

/** @param checkOnly tells whether it would fit, and changes nothing. */
export function applyPatch(root: string, patch: string, checkOnly = false): void {
  const args = ['apply', '--whitespace=nowarn', ...(checkOnly ? ['--check'] : []), patch]
  // Not a part of any repository that the folder may lie in: else paths outside of it are passed over in silence.
  const env = { ...process.env, GIT_DIR: join(root, 'no-repository') }
  const { status, stderr } = spawnSync('git', args, { cwd: root, env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${relative(root, patch)} does not fit any more: ${stderr.trim()}`)
}
