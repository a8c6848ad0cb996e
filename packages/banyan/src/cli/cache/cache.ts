import { Command } from 'commander'
import type { AppDefinition } from '../../runtime/index.ts'
import { probeCaches } from './cache-probe.ts'
import { purgeCache } from './cache-purge.ts'
import { explainPath } from './cache-why.ts'
import { orFail } from '../terminal/fail.ts'

export function cacheCommand(app: AppDefinition): Command {
  const command = new Command('cache').description(
    'Says why an answer is what it is, measures how late layers show a write, and drops kept answers.',
  )
  command
    .command('why <path>')
    .description('Reads a path of the running app and says which layer answered, how old that is and what ends it.')
    .option('--url <url>', 'where the app is (default: this machine, at PORT)')
    .option('--json', 'print an object', false)
    .action((path: string, options: Parameters<typeof explainPath>[2]) => orFail(() => explainPath(app, path, options)))
  command
    .command('probe <path>')
    .description(
      'Puts a resource back as it is, with the token in PROBE_TOKEN, and measures when each layer shows the write; ends with 1 when one is later than its bound.',
    )
    .option('--url <url...>', 'gateways; the first is written through (default: this machine, at PORT)')
    .option('--cdn <url...>', 'shared caches in front of them')
    .option('--writes <number>', 'how often, at most 1000', '20')
    .option('--json', 'print an object', false)
    .action((path: string, options: Parameters<typeof probeCaches>[2]) => orFail(() => probeCaches(app, path, options)))
  command
    .command('purge')
    .description(
      'Drops what every gateway, Redis and the caches in front keep under a tag, also those that are away now.',
    )
    .requiredOption('--tag <tag...>', 'a tag, as `cache why` names them, e.g. product-17')
    .option('--service <name...>', 'only what depends on these services (default: all that anything depends on)')
    .action((options: Parameters<typeof purgeCache>[1]) => orFail(() => purgeCache(app, options)))
  return command
}
