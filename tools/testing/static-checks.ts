import { execFile } from 'node:child_process'

const CHECKS: readonly (readonly [name: string, args: readonly string[]])[] = [
  ['tsc', ['--noEmit', '-p', '.']],
  ['oxlint', ['--deny-warnings']],
  ['oxfmt', ['--check', '.']],
]

/** Type check, lint and format check, one after another; the names of those that failed. */
export async function runStaticChecks(root: string): Promise<readonly string[]> {
  const failed: string[] = []
  for (const [name, args] of CHECKS) {
    const started = performance.now()
    const fault = await run(root, name, args)
    const seconds = ((performance.now() - started) / 1_000).toFixed(1).padStart(6)
    console.log(`${fault === null ? '✔' : '✖'} ${seconds} s  ${name}`)
    if (fault === null) continue
    failed.push(name)
    console.log(fault)
  }
  return failed
}

/** What it said against the sources; `null`: nothing. */
function run(root: string, name: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    const options = { cwd: root, maxBuffer: 64 << 20 }
    execFile(`${root}/node_modules/.bin/${name}`, args, options, (error, stdout, stderr) =>
      resolve(error ? `${stdout}${stderr}`.trim() || error.message : null),
    )
  })
}
