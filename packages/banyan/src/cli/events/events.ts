import { Command } from 'commander'
import type { AppDefinition } from '../../runtime/index.ts'
import { listDead } from './events-dead.ts'
import { replay } from './events-replay.ts'
import { tail } from './events-tail.ts'
import { orFail } from '../terminal/fail.ts'
import { positiveInteger, wholeNumber } from '../terminal/parse.ts'

export function eventsCommand(app: AppDefinition): Command {
  return new Command('events')
    .description('Follows the event logs; lists and replays dead letters.')
    .addCommand(tailCommand(app))
    .addCommand(deadCommand(app))
    .addCommand(replayCommand(app))
}

function tailCommand(app: AppDefinition): Command {
  return new Command('tail')
    .description('Prints events as they become final, until Ctrl-C. From now on, unless --after says from where.')
    .option('--service <name>', 'only this service’s log (default: all)')
    .option('--type <type...>', 'only events of these types, e.g. orders.order-placed.v1 (default: all)')
    .option('--after <position>', 'begin behind this position; 0: from the first event', wholeNumber)
    .option('--no-follow', 'end when the end of the log is reached')
    .option('--json', 'one JSON object a line', false)
    .action((options: Parameters<typeof tail>[1]) => orFail(() => tail(app, options)))
}

function deadCommand(app: AppDefinition): Command {
  return new Command('dead')
    .description('Lists dead letters: events that a consumer could not apply, and those that wait behind them.')
    .option('--consumer <name>', 'only of this consumer, e.g. notifications.mail (default: all)')
    .option('--limit <count>', 'at most so many of each consumer', positiveInteger, 100)
    .option('--json', 'print an array, payloads included', false)
    .action((options: Parameters<typeof listDead>[1]) => orFail(() => listDead(app, options)))
}

function replayCommand(app: AppDefinition): Command {
  return new Command('replay')
    .description(
      'Applies dead letters with the consumer’s own handler, each aggregate’s in order. Ends with 1 when one failed again.',
    )
    .option('--consumer <name>', 'all of this consumer')
    .option('--letter <letter>', 'this one, as `banyan events dead` names it, and those of its aggregate before it')
    .option('--all', 'all of every consumer', false)
    .option('--include-skipped', 'also those that were skipped; they are applied out of order', false)
    .action((options: Parameters<typeof replay>[1]) => orFail(() => replay(app, options)))
}
