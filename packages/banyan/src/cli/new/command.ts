import { Command } from 'commander'
import { findProject } from '../load-app.ts'
import { orFail } from '../terminal/fail.ts'
import type { AppDefinition } from '../../runtime/index.ts'
import { createService } from './create-service.ts'

export function newCommand(app: AppDefinition): Command {
  const command = new Command('new').description('Writes new parts of the app.')
  command
    .command('service <name>')
    .description('Writes a service with contract, tables, handlers and tests, and adds it to the app and its monolith.')
    .option(
      '--into <folder>',
      'where app.ts and the services’ folders are, from the project’s root',
      'packages/shop/src',
    )
    .action((name: string, { into }: { into: string }) => orFail(() => newService(app, name, into)))
  return command
}

async function newService(app: AppDefinition, name: string, into: string): Promise<void> {
  const { files, edited, routes } = await createService({ app, name, root: findProject(), into })
  const lines = [
    ...files.map((file) => `made       ${file}`),
    ...edited.map((file) => `registered ${file}`),
    ...otherTopologies(app).map(
      (topology) => `Topology '${topology}' does not place it yet: add '${name}' to one of its processes.`,
    ),
    `Its routes, below /api/v${app.versions.current}:`,
    ...routes.map((route) => `  ${route}`),
    'Next:',
    `  npm test -- ${name}`,
    '  npm run generate   # the references in docs/',
    '  npm start',
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

function otherTopologies({ topologies }: AppDefinition): string[] {
  return topologies.map(({ name }) => name).filter((name) => name !== 'monolith')
}
