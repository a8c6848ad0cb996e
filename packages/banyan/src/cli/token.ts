import { Command } from 'commander'
import { systemClock } from '../core/index.ts'
import { issueForeignToken, type AppDefinition } from '../runtime/index.ts'
import { orFail, usageFault } from './terminal/fail.ts'

const DEFAULT_DAYS = '30'
const MAX_DAYS = 365

export function tokenCommand(app: AppDefinition): Command {
  return new Command('token')
    .description(
      'Prints the token by which a foreign process (in another language) may call one service in its own name.',
    )
    .argument('<caller>', 'its name, as contracts list it in internalFrom, e.g. erp')
    .requiredOption('--for <service>', 'the service that it may call; a token is good for one')
    .option(
      '--days <number>',
      `how long it is good, at most ${MAX_DAYS}; it cannot be taken back earlier`,
      DEFAULT_DAYS,
    )
    .action((caller: string, options: TokenOptions) => orFail(() => printToken(app, caller, options)))
}

interface TokenOptions {
  readonly for: string
  readonly days: string
}

async function printToken(app: AppDefinition, caller: string, options: TokenOptions): Promise<void> {
  const days = Number(options.days)
  if (!Number.isInteger(days) || days < 1 || days > MAX_DAYS) {
    throw usageFault(
      '--days',
      `it must be a whole number between 1 and ${MAX_DAYS}, got ${JSON.stringify(options.days)}.`,
    )
  }
  const wanted = { caller, service: options.for, days }
  const { token, expiresAt } = await issueForeignToken({ app, environment: process.env, clock: systemClock, ...wanted })
  process.stderr.write(`${caller} may call ${options.for} until ${expiresAt}\n`)
  process.stdout.write(`${token}\n`)
}
