import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const FOLDERS = ['/usr/sbin', '/usr/local/bin', '/usr/bin']

/**
 * Where a server's program is. On a Debian that has none, root installs it: a test that silently did not run would show nothing.
 * @param packages of Debian that bring the program and what it is used with.
 */
export function findBinary(name: string, packages: readonly string[]): string {
  const folders = [...(process.env.PATH ?? '').split(':'), ...FOLDERS]
  const find = () => folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
  const found = find()
  if (found) return found
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    execFileSync('apt-get', ['install', '--yes', '--no-install-recommends', ...packages], { stdio: 'ignore' })
  }
  const installed = find()
  if (installed) return installed
  throw new Error(`${name} is not installed. Run: apt-get install ${packages.join(' ')}`)
}
