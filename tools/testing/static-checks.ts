import { spawnSync } from 'node:child_process'

const CHECKS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['tsc', ['--noEmit', '-p', '.']],
  ['oxlint', ['--deny-warnings']],
  ['oxfmt', ['--check', '.']],
]

/** Type check, lint and format check, one after another; the names of those that failed. */
export function runStaticChecks(root: string): readonly string[] {
  const failed: string[] = []
  for (const [name, args] of CHECKS) {
    const started = performance.now()
    const { status, stdout, stderr } = spawnSync(`${root}/node_modules/.bin/${name}`, args, {
      cwd: root,
      encoding: 'utf8',
    })
    console.log(
      `${status === 0 ? '✔' : '✖'} ${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${name}`,
    )
    if (status === 0) continue
    failed.push(name)
    console.log(`${stdout}${stderr}`.trim())
  }
  return failed
}
