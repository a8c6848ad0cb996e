import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import type { PlantedBug } from './bug.ts'
import type { Verdict } from './verdict.ts'

/** One bug, planted and looked for. */
export interface Trial extends Verdict {
  readonly bug: PlantedBug
  readonly seconds: number
}

/** What docs/guarantees.md quotes of a whole run. */
export interface PlantedReport {
  readonly name: 'planted-bugs'
  /** ISO 8601. */
  readonly date: string
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memoryGb: number; readonly load: number }
  readonly caught: number
  readonly planted: number
  readonly slowestSeconds: number
  readonly missed: readonly string[]
}

export const REPORT = 'chaos/reports/planted-bugs.json'

/** `✔  1 dual write   1.9 s  the test that caught it` */
export function describeTrial({ bug, isCaught, says, seconds }: Trial): string {
  const number = String(bug.number).padStart(2)
  const duration = seconds.toFixed(1).padStart(6)
  return `${isCaught ? '✔' : '✖'} ${number} ${bug.name.padEnd(44)} ${duration} s  ${says}`
}

export function writeReport(root: string, trials: readonly Trial[]): void {
  const missed = trials.filter(({ isCaught }) => !isCaught)
  const report: PlantedReport = {
    name: 'planted-bugs',
    date: new Date().toISOString(),
    machine: {
      cpu: cpus()[0]!.model,
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 2 ** 30),
      load: Math.round(loadavg()[1]! * 10) / 10,
    },
    caught: trials.length - missed.length,
    planted: trials.length,
    slowestSeconds: Math.max(...trials.map(({ seconds }) => seconds)),
    missed: missed.map(({ bug, says }) => `${bug.name}: ${says}`),
  }
  mkdirSync(dirname(join(root, REPORT)), { recursive: true })
  writeFileSync(join(root, REPORT), `${JSON.stringify(report, null, 2)}\n`)
}
