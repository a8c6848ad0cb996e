import { Command } from 'commander'
import type { AppDefinition } from '../runtime/index.ts'
import { auditCommand } from './audit.ts'
import { openapiCommand } from './openapi.ts'
import { sagasCommand } from './sagas.ts'
import { startCommand } from './start.ts'

/** `banyan`: every command, each in a file of its own. */
export function createProgram(app: AppDefinition): Command {
  return new Command('banyan')
    .description('Runs and looks after a Banyan app.')
    .showHelpAfterError('(add --help for what is allowed)')
    .addCommand(startCommand(app))
    .addCommand(auditCommand(app))
    .addCommand(sagasCommand(app))
    .addCommand(openapiCommand(app))
}
