import { inspect } from 'node:util'
import type { CellReport, Outcome } from './run-cell.ts'

/** Rows parts, columns cells; `·`: was not reached. */
export function describeMatrix(rows: readonly string[], reports: readonly CellReport[]): string {
  const first = Math.max(...rows.map(({ length }) => length))
  const line = (name: string, fields: readonly string[]) =>
    [name.padEnd(first), ...fields.map((field) => field.padStart(COLUMN))].join(' ')
  return [
    line(
      '',
      reports.map(({ cell }) => cell),
    ),
    ...rows.map((row) =>
      line(
        row,
        reports.map(({ outcomes }) => describeField(outcomes.find(({ part }) => part === row))),
      ),
    ),
    line('all', reports.map(describeAll)),
  ].join('\n')
}

const COLUMN = 9

function describeField(outcome: Outcome | undefined): string {
  return outcome ? `${outcome.error === null ? '✔' : '✖'} ${seconds(outcome.tookMs)}` : '·'
}

function describeAll({ outcomes }: CellReport): string {
  return `${outcomes.every(({ error }) => error === null) ? '✔' : '✖'} ${seconds(outcomes.reduce((sum, { tookMs }) => sum + tookMs, 0))}`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 9_950 ? 2 : 1)}`
}

/** Each failure with all that is known of it. */
export function describeFailures(reports: readonly CellReport[]): string {
  const failures = reports.flatMap(({ cell, outcomes }) =>
    outcomes
      .filter(({ error }) => error !== null)
      .map(({ part, error }) => `✖ ${cell}: ${part}\n${describeError(error)}`),
  )
  return failures.join('\n\n')
}

function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : inspect(error)
}
