import { resolve } from 'node:path'
import { Command } from 'commander'
import type { Manifest } from '../data/index.ts'
import { backupApp, restoreApp, type AppDefinition, type RestoredApp } from '../runtime/index.ts'
import { audit } from './audit/audit.ts'
import { orFail } from './terminal/fail.ts'
import { listenForInterrupt } from './terminal/interrupt.ts'
import { printJson } from './terminal/output.ts'
import { requireData } from './require-data.ts'
import { printTable } from './terminal/table.ts'
import { commandLogger } from './with-tools.ts'

export function backupCommand(app: AppDefinition): Command {
  return new Command('backup')
    .description(
      'Writes all data into an empty folder, consistent, while the app runs or not. Secrets do not go along.',
    )
    .argument('<folder>', 'made when missing; must be empty')
    .option('--json', 'print the manifest', false)
    .action((folder: string, options: BackupCommandOptions) => orFail(() => backup(app, folder, options)))
}

export function restoreCommand(app: AppDefinition): Command {
  return new Command('restore')
    .description('Restores a backup into an empty system that does not run, then audits it; ends as the audit does.')
    .argument('<folder>', 'of the backup')
    .option('--new-secret', 'go on without the BANYAN_SECRET of the backup: everybody must log in again', false)
    .action((folder: string, options: RestoreCommandOptions) => orFail(() => restore(app, folder, options)))
}

interface BackupCommandOptions {
  readonly json: boolean
}

interface RestoreCommandOptions {
  readonly newSecret: boolean
}

async function backup(app: AppDefinition, folder: string, { json }: BackupCommandOptions): Promise<void> {
  using interrupt = listenForInterrupt()
  const environment = process.env
  await requireData(app, environment)
  const logger = commandLogger(environment)
  const manifest = await backupApp({ app, environment, folder, logger, signal: interrupt.signal })
  if (json) return printJson(manifest)
  printManifest(manifest)
  process.stdout.write(
    `Backed up as of ${manifest.takenAt} into ${resolve(folder)}.\n${secretsNote(environment)}\n` +
      'Look after both as you look after the data: they hold what your customers gave you.\n',
  )
}

async function restore(app: AppDefinition, folder: string, { newSecret }: RestoreCommandOptions): Promise<void> {
  const { manifest, missing } = await restoreInto(app, folder, newSecret)
  printManifest(manifest)
  for (const schema of missing) process.stdout.write(`The backup is from before ${schema}, which begins empty.\n`)
  process.stdout.write(`Restored as of ${manifest.takenAt}. Auditing it:\n`)
  await audit(app, { repair: false, quiet: false, json: false })
}

async function restoreInto(app: AppDefinition, folder: string, acceptNewSecret: boolean): Promise<RestoredApp> {
  using interrupt = listenForInterrupt()
  const environment = process.env
  const logger = commandLogger(environment)
  return await restoreApp({ app, environment, folder, logger, acceptNewSecret, signal: interrupt.signal })
}

function secretsNote(environment: NodeJS.ProcessEnv): string {
  const kept = resolve(environment.BANYAN_DATA || '.banyan', 'secrets.json')
  const where = environment.BANYAN_SECRET ? 'the settings BANYAN_SECRET and TOKEN_KEYS' : kept
  return `It holds no secrets, and a restore elsewhere needs them, too: keep a copy of ${where}, apart from the backup.`
}

function printManifest({ schemas }: Manifest): void {
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
  printTable(
    ['schema', 'tables', 'rows', 'bytes'],
    schemas.map(({ schema, tables }) => [
      schema,
      String(tables.length),
      String(sum(tables.map(({ rows }) => rows))),
      String(sum(tables.map(({ bytes }) => bytes))),
    ]),
  )
}
