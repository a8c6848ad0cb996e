import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dataFolderOf, settingsOf, type AppDefinition, type Environment } from '../../runtime/index.ts'
import { usageFault } from '../terminal/fail.ts'

/** What no log may hold: secret settings, the secrets that a start made in the data folder, and the lines of a file. */
export async function knownSecrets(app: AppDefinition, environment: Environment, file?: string): Promise<string[]> {
  const set = Object.entries(settingsOf(app)).flatMap(([name, { secret }]) => (secret ? (environment[name] ?? []) : []))
  const made = await readMade(join(dataFolderOf(app, environment), 'secrets.json'))
  const named = file === undefined ? [] : (await readNamed(file)).split('\n')
  return [...set, ...made, ...named].flatMap(partsOf)
}

/** Keys of tokens are `id:secret,id:secret`; what is logged would be one of them. */
function partsOf(secret: string): string[] {
  const parts = /^[\w-]+:[^/]/.test(secret) ? secret.split(',').map((part) => part.slice(part.indexOf(':') + 1)) : []
  return [secret, ...parts].map((text) => text.trim()).filter((text) => text !== '')
}

async function readMade(path: string): Promise<string[]> {
  // A production system has none: its secrets are settings.
  const text = await readFile(path, 'utf8').catch(() => '{}')
  return Object.values(JSON.parse(text) as Record<string, unknown>).filter((value) => typeof value === 'string')
}

function readNamed(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw usageFault('--secrets', `${file} cannot be read (${cause.code}).`)
  })
}
