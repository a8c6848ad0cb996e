import type { ChaosReport, FaultCounts, InjectedFault, Progress } from '../../chaos/index.ts'
import { sayCount } from '../../core/index.ts'
import { printTable } from '../terminal/table.ts'

export interface Teller {
  onProgress(progress: Progress): void
  onFault(fault: InjectedFault): void
  finish(report: ChaosReport): void
}

/** One line that moves on where somebody looks, one each ten seconds where it is kept; then a table. */
export function tellChaos(run: {
  readonly visits: number
  readonly planned: FaultCounts
  readonly seed: number
}): Teller {
  const planned = Object.values(run.planned).reduce((sum, count) => sum + count, 0)
  const isWatched = process.stderr.isTTY
  let seconds = 0
  let last = ''
  process.stderr.write(`seed ${run.seed}: ${sayCount(run.visits, 'visit')}, ${sayCount(planned, 'fault')}\n`)
  return {
    onProgress({ load, faults, elapsedMs }) {
      if (!isWatched && seconds++ % 10 > 0) return
      const perSecond = Math.round(load.ended / Math.max(1, elapsedMs / 1_000))
      const line = `${load.ended} of ${run.visits} visits, ${faults} of ${planned} faults, ${perSecond}/s${last}`
      process.stderr.write(isWatched ? `\r${line.slice(0, process.stderr.columns - 1)}\u001b[K` : `${line}\n`)
    },
    onFault({ kind, proof, downMs }) {
      last = `; last: ${kind} (${proof ?? 'no effect'}), ready again after ${downMs} ms`
    },
    finish(report) {
      if (isWatched) process.stderr.write('\n')
      printReport(report)
    },
  }
}

function printReport(report: ChaosReport): void {
  const counts = (of: Readonly<Record<string, number>>) =>
    Object.entries(of)
      .map(([name, count]) => `${count} × ${name}`)
      .join(', ') || 'none'
  printTable(
    ['', report.name],
    [
      ['verdict', report.passed ? 'passed' : 'FAILED'],
      ['seed', String(report.seed)],
      ['orders', `${report.orders}, ${report.succeeded} succeeded`],
      ['answers', counts(report.answers)],
      ['faults that met work', counts(report.faults as Record<string, number>)],
      ['violations', String(report.violations)],
      ['ended after the last fault', report.settledMs === null ? 'no fault' : `${report.settledMs} ms`],
      ['quiet after the last answer', `${report.quietMs} ms`],
      ['until ready after a fault', `median ${report.downMs.median} ms, longest ${report.downMs.max} ms`],
      [
        'figures',
        Object.entries(report.figures)
          .map(([name, value]) => `${name} ${value}`)
          .join(', '),
      ],
      ['audit', report.audit.map(({ invariant, verdict }) => `${invariant} ${verdict}`).join(', ')],
      ['requests', String(report.requests)],
      ['duration', `${report.durationS} s`],
    ],
  )
  for (const complaint of report.complaints) process.stdout.write(`${complaint}\n`)
}
