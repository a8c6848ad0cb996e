import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from '../../runtime/index.ts'

const FOLDERS = ['/usr/sbin', '/usr/local/bin', '/usr/bin']
const DPKG_FOLDER = '/var/lib/dpkg'

/**
 * Where a server's program is. On a Debian that has none, root installs it: a run that silently did without would show nothing.
 * @param packages of Debian that bring the program and what it is used with. @throws when there is none and none can be had.
 */
export function findBinary(name: string, packages: readonly string[], environment: Environment): string {
  const folders = [...(environment.PATH ?? '').split(':'), ...FOLDERS]
  const find = () => folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
  const found = find()
  if (found) return found
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) install(packages, environment)
  const installed = find()
  if (installed) return installed
  throw new Error(`${name} is not installed. Run: apt-get install ${packages.join(' ')}`)
}

/**
 * One process at a time: a second apt would be turned away. A new machine does not know yet what packages there are. The lock is on a
 * folder that is there, so that it is the same for all and nothing is left.
 */
function install(packages: readonly string[], environment: Environment): void {
  const command =
    'apt-get install --yes --no-install-recommends "$@" || { apt-get update && apt-get install --yes --no-install-recommends "$@"; }'
  execFileSync('flock', [DPKG_FOLDER, 'sh', '-c', command, 'sh', ...packages], {
    stdio: 'ignore',
    env: { ...environment, DEBIAN_FRONTEND: 'noninteractive' },
  })
}
