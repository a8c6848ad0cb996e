import { resolve } from 'node:path'
import type { TestEvent } from 'node:test/reporters'

/** Of a file whose tests ran in a process with those of other files. */
export interface FileReport {
  readonly file: string
  readonly tests: number
  readonly failed: number
  readonly skipped: number
  /** Of its tests one after another. */
  readonly durationMs: number
}

/** Before each line of the report: what the tests themselves write stands beside it. */
export const REPORT_MARK = 'banyan-file-report '

/** A reporter for `node --test`: a line of JSON for each file. A file that could not be loaded is a failed test of that file. */
// oxlint-disable-next-line import/no-default-export -- as Node asks of a reporter
export default async function* reportByFile(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const reports = new Map<string, FileReport>()
  for await (const { type, data } of events) {
    if ((type !== 'test:pass' && type !== 'test:fail') || data.details.type === 'suite' || !data.file) continue
    if (type === 'test:pass' && resolve(data.name) === data.file) continue // a file without tests stands for one
    const { file, skip, details } = data
    const { tests, failed, skipped, durationMs } = reports.get(file) ?? NOTHING
    reports.set(file, {
      file,
      tests: tests + 1,
      failed: failed + Number(type === 'test:fail'),
      skipped: skipped + Number(skip !== undefined),
      durationMs: durationMs + details.duration_ms,
    })
  }
  for (const report of reports.values()) yield `\n${REPORT_MARK}${JSON.stringify(report)}\n`
}

const NOTHING = { tests: 0, failed: 0, skipped: 0, durationMs: 0 }

/** The reports in what a process wrote. */
export function readReports(output: string): readonly FileReport[] {
  const lines = output.split('\n').filter((line) => line.startsWith(REPORT_MARK))
  return lines.map((line) => JSON.parse(line.slice(REPORT_MARK.length)) as FileReport)
}
