import { Command } from 'commander'
import {
  auditApp,
  isAppRunning,
  type AppDefinition,
  type AuditFinding,
  type RunningProcess,
} from '../../runtime/index.ts'
import { adviceOf } from './audit-cures.ts'
import { readJournal } from './audit-journal.ts'
import { MEANINGS, untoldLine } from './audit-meanings.ts'
import { cachePlaces } from './audit-places.ts'
import { repair } from './audit-repair.ts'
import { knownSecrets } from './audit-secrets.ts'
import { orFail } from '../terminal/fail.ts'
import { requireReadable } from '../require-readable.ts'
import { printTable } from '../terminal/table.ts'
import { withTools } from '../with-tools.ts'

export function auditCommand(app: AppDefinition): Command {
  return new Command('audit')
    .description('Checks the invariants of the live system; ends with 1 when one is broken.')
    .option('--journal <file>', 'what a client wrote down of its calls, one JSON object a line (I6, I7, I12)')
    .option(
      '--quiet',
      'nothing is on its way: also compare read models with their rebuild and kept answers with the services, and look for leftovers (I10, I11, I18)',
      false,
    )
    .option('--gateway <url...>', 'with --quiet: processes that keep answers (default: those that run on this machine)')
    .option('--logs <file...>', 'what the processes wrote: look for secrets (I21)')
    .option(
      '--secrets <file>',
      'with --logs: texts that no line may hold, one a line, beside the secrets of the settings',
    )
    .option('--repair', 'resume sagas that need attention and replay dead letters; never edits rows', false)
    .option('--json', 'print findings as JSON', false)
    .action((options: AuditCommandOptions) => orFail(() => audit(app, options)))
}

export interface AuditCommandOptions {
  readonly journal?: string
  readonly quiet: boolean
  readonly gateway?: readonly string[]
  readonly logs?: readonly string[]
  readonly secrets?: string
  readonly repair: boolean
  readonly json: boolean
}

/**
 * An audit reads whole tables of all services at once, and nobody waits for a request of it. Within the 5 s of a statement that serves
 * clients it did not come to an end after 100,000 orders on two busy cores (2026-11-30).
 */
const PATIENCE = {
  statementTimeoutMs: 120_000,
  silenceTimeoutMs: 130_000,
  waitTimeoutMs: 120_000,
  // A server that is away refuses at once; one on a machine at a load of 30 took longer than the usual 2 s to greet.
  connectTimeoutMs: 30_000,
}

/** Prints the findings; the exit code is 1 when an invariant is broken. */
export async function audit(app: AppDefinition, options: AuditCommandOptions): Promise<void> {
  const journal = options.journal === undefined ? null : await readJournal(options.journal)
  await requireReadable('--logs', options.logs ?? [])
  const logs = options.logs
    ? { files: options.logs, secrets: await knownSecrets(app, process.env, options.secrets) }
    : null
  const caches = options.quiet ? await cachePlaces(app, options.gateway) : null
  const look = async (running: RunningProcess) => {
    if (options.repair) await repair(running)
    const findings = await auditApp({ app, running, journal, logs, isQuiet: options.quiet, caches })
    return { findings, appRuns: await isAppRunning([...running.services.values()]) }
  }
  const { findings, appRuns } = await withTools(app, look, PATIENCE)
  if (options.json) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`)
  else print(findings)
  for (const line of adviceOf(findings, appRuns)) process.stderr.write(`${line}\n`)
  // Also of an app that does not run: whether its findings are faults shows when it does, and a script must not take them for none.
  if (findings.some(({ verdict }) => verdict === 'broken')) process.exitCode = 1
}

function print(findings: readonly AuditFinding[]): void {
  printTable(
    ['invariant', 'verdict', 'checked', 'what must hold', 'rows'],
    findings.map(({ invariant, verdict, checked, rows }) => [
      invariant,
      verdict,
      String(checked),
      MEANINGS[invariant] ?? '',
      rows[0] ?? '',
    ]),
  )
  for (const { invariant, verdict, rows } of findings) {
    if (verdict === 'broken') for (const row of rows.slice(1)) process.stdout.write(`${invariant}: ${row}\n`)
  }
  process.stdout.write(`${untoldLine()}\n`)
}
