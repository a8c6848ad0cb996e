import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { releaseOf, type AppDefinition } from '../runtime/index.ts'
import { auditCommand } from './audit/audit.ts'
import { backupCommand, restoreCommand } from './backup.ts'
import { cacheCommand } from './cache/cache.ts'
import { eventsCommand } from './events/events.ts'
import { chaosCommand } from './chaos/chaos.ts'
import { newCommand } from './new/command.ts'
import { openapiCommand } from './openapi.ts'
import { projectionsCommand } from './projections/projections.ts'
import { protoCommand } from './proto.ts'
import { sagasCommand } from './sagas.ts'
import { rolloutCommand } from './rollout.ts'
import { serveCommand } from './serve/serve.ts'
import { startCommand } from './serve/start.ts'
import { statusCommand } from './status.ts'
import { tokenCommand } from './token.ts'

/** `banyan`: every command, each in a file of its own. */
export function createProgram(app: AppDefinition): Command {
  const program = new Command('banyan')
    .description('Runs and looks after a Banyan app.')
    .addCommand(startCommand(app))
    .addCommand(serveCommand(app))
    .addCommand(statusCommand(app))
    .addCommand(rolloutCommand(app))
    .addCommand(auditCommand(app))
    .addCommand(chaosCommand(app))
    .addCommand(sagasCommand(app))
    .addCommand(eventsCommand(app))
    .addCommand(projectionsCommand(app))
    .addCommand(cacheCommand(app))
    .addCommand(backupCommand(app))
    .addCommand(restoreCommand(app))
    .addCommand(openapiCommand(app))
    .addCommand(protoCommand(app))
    .addCommand(tokenCommand(app))
    .addCommand(newCommand(app))
    .version(describeVersion(app))
    .addHelpText('after', EXIT_CODES)
  for (const command of everyCommand(program)) {
    // Faults are thrown and become exit codes in one place; commander would end the process with 1.
    command.exitOverride().showHelpAfterError('(add --help for what is allowed)')
  }
  return program
}

/** Of all that may be asked for in a report of a fault. */
function describeVersion(app: AppDefinition): string {
  const file = join(import.meta.dirname, '../../package.json')
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }
  return `${app.name} ${releaseOf(app)}, banyan ${version}, node ${process.version}`
}

const EXIT_CODES = `
Exit codes: 0 done; 1 a fault, or an invariant is broken; 2 a command, option, name or setting makes no sense and nothing
was done; 130 or 143 interrupted.
`

/** Commander hands settings down only to commands that it makes itself. */
function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)]
}
