import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { coreErrors, systemClock, type Clock } from '../core/index.ts'
import {
  backup,
  migrate,
  missingIn,
  readManifest,
  resolveServer,
  restore,
  type Manifest,
  type RestorePart,
  type Server,
} from '../data/index.ts'
import type { Logger } from '../observe/index.ts'
import type { AppDefinition } from './app.ts'
import { placeDatabases } from './services/databases.ts'
import { planProcess } from './plan-process.ts'
import { platformSettings } from './settings/platform-settings.ts'
import { schemaOf } from './services/running-service.ts'
import { deriveSecret, findMasterSecret } from './settings/secrets.ts'
import type { Topology } from './topology/topology.ts'

export interface BackupAppOptions {
  readonly app: AppDefinition
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Of the backup. */
  readonly folder: string
  /** Breaks it off: a backup is then unfinished, a restore rolled back unless it was just committing. */
  readonly signal?: AbortSignal
  readonly clock?: Clock
  readonly logger?: Logger
}

export interface RestoreAppOptions extends BackupAppOptions {
  /** Restore although the master secret is not the one of the backup. Default false. */
  readonly acceptNewSecret?: boolean
}

/**
 * Backs up every service and the app's further data, beside a running app or without one. No secret goes along, only
 * a check value that tells a restore whether it has the same master secret.
 * @throws `data.BACKUP_FOLDER`, and what the database server throws
 */
export async function backupApp(options: BackupAppOptions): Promise<Manifest> {
  const { environment, folder, clock, signal } = options
  const { topology } = await planProcess({ ...options, mode: 'tools' })
  await using server = await openServer(options, { attach: true })
  const parts = await partsOf(options, { server, topology })
  // A service that never ran here has no schema yet.
  await Promise.all(parts.map((part) => migrate(part)))
  const manifest = await unlessAborted(signal, () => backup({ parts, folder, ...(clock ? { clock } : {}) }))
  const secret = await findMasterSecret({ environment, dataFolder: dataFolderOf(options) })
  if (secret !== null) await writeFile(join(folder, CHECK), `${checkValue(secret)}\n`, { mode: 0o600 })
  return manifest
}

export interface RestoredApp {
  readonly manifest: Manifest
  /** Schemas of services that the backup is from before: they begin empty. */
  readonly missing: readonly string[]
}

/**
 * Restores a backup into an empty system that no app runs on. A service that was added since begins empty, as it would have where the
 * backup was taken; what the app has beside its services must be in the backup.
 * @throws `api.INVALID_OPTIONS` without the backup's master secret, `data.EMBEDDED_HELD` while an app runs,
 * `data.RESTORE_NOT_EMPTY`, `data.BACKUP_UNREADABLE`, `data.BACKUP_MISMATCH`
 */
export async function restoreApp(options: RestoreAppOptions): Promise<RestoredApp> {
  const { topology } = await planProcess({ ...options, mode: 'tools' })
  // Before a server is made for it.
  await readManifest(options.folder)
  if (!options.acceptNewSecret) await requireSecret(options)
  await using server = await openServer(options, { attach: false })
  const parts = await partsOf(options, { server, topology })
  const manifest = await unlessAborted(options.signal, () => restore({ parts, folder: options.folder }))
  return { manifest, missing: missingIn(manifest, parts).map(({ schema }) => schema) }
}

/** What was begun ends when its connections do: with the server that we started, or with the process. */
function unlessAborted<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  if (!signal) return work()
  signal.throwIfAborted()
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
  return Promise.race([work(), aborted])
}

function openServer({ app, environment, clock = systemClock, logger }: BackupAppOptions, more: { attach: boolean }) {
  const services = app.services.map(({ contract }) => contract.name)
  return resolveServer({ settings: environment, services, clock, ...(logger ? { logger } : {}), ...more })
}

interface Place {
  readonly server: Server
  readonly topology: Topology
}

async function partsOf({ app, environment }: BackupAppOptions, { server, topology }: Place): Promise<RestorePart[]> {
  const services = app.services.map(({ contract }) => contract.name)
  const placed = await placeDatabases({ server, topology, services, settings: environment })
  const own = app.services.map((service) => ({
    ...schemaOf(service),
    connection: placed.get(service.contract.name)!,
    mayBeMissing: true,
  }))
  const databaseOf = (service: string, database: string) => server.databaseOf(service, database)
  const further = (await app.furtherData?.({ settings: environment, databaseOf })) ?? []
  // Read last, its writers waiting: what the services know of it is in its snapshot, and nothing they do not know of.
  return [...own, ...further.map((part) => ({ ...part, blockWriters: true }))]
}

const CHECK = 'secret-check.txt'

/** Derived one way: it tells a right secret from a wrong one and gives nothing away of either. */
function checkValue(secret: string): string {
  return deriveSecret(secret, 'backup check').toString('hex')
}

async function requireSecret(options: RestoreAppOptions): Promise<void> {
  const check = await readCheck(options.folder)
  if (check === null) return
  const dataFolder = dataFolderOf(options)
  const secret = await findMasterSecret({ environment: options.environment, dataFolder })
  if (secret !== null && checkValue(secret) === check) return
  const found =
    secret === null ? 'No BANYAN_SECRET is set' : 'BANYAN_SECRET is not the one that the backup was taken with'
  const faults =
    `${found}. Set it, or copy the old system’s secrets.json to ${join(resolve(dataFolder), 'secrets.json')}. With another secret (--new-secret) ` +
    'everybody must log in again, and repeats of requests from before the backup are refused with api.KEY_REUSED.'
  throw coreErrors.INVALID_OPTIONS({ subject: 'The restore', faults })
}

/** `null`: the folder is no backup, or one without a check; what reads the backup says so. */
async function readCheck(folder: string): Promise<string | null> {
  try {
    return (await readFile(join(folder, CHECK), 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

function dataFolderOf({ environment }: BackupAppOptions): string {
  return environment.BANYAN_DATA || platformSettings.BANYAN_DATA.default!
}
