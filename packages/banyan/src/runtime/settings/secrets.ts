import { hkdfSync } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { coreErrors, randomText, type Random } from '../../core/index.ts'
import { makeDataFolder } from '../../data/index.ts'
import { generateTokenKeys } from '../../gateway/index.ts'

export interface Secrets {
  readonly tokenKeys: string
  readonly masterSecret: string
}

export interface SecretPlace {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Where secrets that are not set are kept once made. */
  readonly dataFolder: string
}

export interface SecretsOptions extends SecretPlace {
  /** Nothing is made: what is not set is a fault. */
  readonly mustBeSet: boolean
  readonly random: Random
}

const KEPT = 'secrets.json'

/**
 * `TOKEN_KEYS` and `BANYAN_SECRET` as they are set; those that are not are made once and kept in
 * `<data>/secrets.json`, readable by this user only.
 * @throws `api.INVALID_OPTIONS` where they must be set, naming each that is missing: there is no default secret.
 */
export async function loadSecrets(options: SecretsOptions): Promise<Secrets> {
  const { environment, mustBeSet, random } = options
  const missing = ['TOKEN_KEYS', 'BANYAN_SECRET'].filter((name) => !environment[name])
  if (missing.length === 0) return { tokenKeys: environment.TOKEN_KEYS!, masterSecret: environment.BANYAN_SECRET! }
  if (mustBeSet) throw missingSecrets(missing, random)
  const kept = await keepSecrets(options.dataFolder, random)
  return {
    tokenKeys: environment.TOKEN_KEYS || kept.tokenKeys,
    masterSecret: environment.BANYAN_SECRET || kept.masterSecret,
  }
}

/** The master secret as it is set or kept; `null`: the next start would make one. */
export async function findMasterSecret({ environment, dataFolder }: SecretPlace): Promise<string | null> {
  if (environment.BANYAN_SECRET) return environment.BANYAN_SECRET
  try {
    return (JSON.parse(await readFile(join(dataFolder, KEPT), 'utf8')) as Secrets).masterSecret
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** One secret for each purpose out of the master secret (HKDF-SHA-256, RFC 5869): learning one tells nothing of another. */
export function deriveSecret(masterSecret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', masterSecret, '', `banyan ${purpose}`, 32))
}

async function keepSecrets(dataFolder: string, random: Random): Promise<Secrets> {
  await makeDataFolder(dataFolder)
  const path = join(dataFolder, KEPT)
  const fresh = { tokenKeys: generateTokenKeys(random), masterSecret: randomText(random, 52) }
  try {
    // `wx`: of two first starts at once one writes, the other reads what it wrote.
    const file = await open(path, 'wx', 0o600)
    await file.writeFile(JSON.stringify(fresh))
    await file.sync()
    await file.close()
    return fresh
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return JSON.parse(await readFile(path, 'utf8')) as Secrets
  }
}

function missingSecrets(missing: readonly string[], random: Random): Error {
  const cures = {
    TOKEN_KEYS: `TOKEN_KEYS is not set. Set it to id:secret, e.g. ${generateTokenKeys(random).split(':')[0]}:<at least 32 characters>.`,
    BANYAN_SECRET: 'BANYAN_SECRET is not set. Set it to at least 32 random characters, e.g. of: openssl rand -hex 32.',
  }
  const faults = missing.map((name) => cures[name as keyof typeof cures]).join(' ')
  return coreErrors.INVALID_OPTIONS({ subject: 'The secrets', faults })
}
