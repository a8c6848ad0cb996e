/** One thing that happened in a saga, for people: `GET …/story`, `banyan sagas show`. Never read to decide anything. */
export interface TimelineEntry {
  /** ISO 8601. */
  readonly at: string
  readonly step: string
  readonly kind: 'ran' | 'refused' | 'failed' | 'compensated' | 'turned-back' | 'taken-over' | 'parked'
  /** From 1; how often this step has been tried by this process. */
  readonly attempt: number
  readonly fence: number
  readonly process: string
  /** Error code, where there is one. */
  readonly code?: string
}

/** As it is stored: a line of JSON an entry, so that appending is concatenation. */
export function formatTimeline(entries: readonly TimelineEntry[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
}

export function parseTimeline(lines: string): TimelineEntry[] {
  return lines.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as TimelineEntry]))
}
