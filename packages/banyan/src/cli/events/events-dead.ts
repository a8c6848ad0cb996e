import { listDeadLetters, type ListedDeadLetter } from '../../events/index.ts'
import type { AppDefinition } from '../../runtime/index.ts'
import { consumersOf } from './events-consumers.ts'
import { printJson } from '../terminal/output.ts'
import { printTable } from '../terminal/table.ts'
import { withTools } from '../with-tools.ts'

export interface DeadOptions {
  readonly consumer?: string
  readonly limit: number
  readonly json: boolean
}

/** How people name a dead letter: `notifications.mail@orders/0/1:42`. */
export function letterName({ consumer, log, position }: ListedDeadLetter): string {
  return `${consumer}@${log}:${position}`
}

export async function listDead(app: AppDefinition, { consumer, limit, json }: DeadOptions): Promise<void> {
  const letters = await withTools(app, async (running) => {
    const lists = consumersOf(running, consumer).map(({ definition, database }) =>
      listDeadLetters(database, { consumer: definition.name }, limit),
    )
    return (await Promise.all(lists)).flat()
  })
  if (json) printJson(letters.map((letter) => ({ letter: letterName(letter), ...letter })))
  else print(letters)
}

function print(letters: readonly ListedDeadLetter[]): void {
  printTable(
    ['letter', 'status', 'attempts', 'type', 'aggregate', 'parked', 'error'],
    letters.map((letter) => [
      letterName(letter),
      letter.status,
      String(letter.attempts),
      letter.type,
      `${letter.aggregateId}#${letter.version}`,
      letter.parkedAt,
      letter.error ?? '',
    ]),
  )
}
