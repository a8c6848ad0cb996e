/** One thing that happened in a saga, for people: `GET …/story`, `banyan sagas show`. Never read to decide anything. */
export interface TimelineEntry {
  /** When it ended by the clock of the saga's database, whichever process noted it; ISO 8601. */
  readonly at: string
  readonly step: string
  readonly kind: 'ran' | 'refused' | 'failed' | 'compensated' | 'turned-back' | 'taken-over' | 'parked'
  /** From 1; how often this step has been tried by this process. */
  readonly attempt: number
  /** How long this attempt took, milliseconds; absent where nothing was called. */
  readonly ms?: number
  /** Raised by each take-over: what has one fence was done by one process in one life. */
  readonly fence: number
  /** The process that acted for the saga. */
  readonly process: string
  /** Of a take-over: the process that acted before; absent where a person resumed it. */
  readonly from?: string
  /** Error code, where there is one. */
  readonly code?: string
}

/**
 * As it is stored: a line of JSON an entry, so that appending is concatenation. A first attempt under the first fence says
 * neither: that is nearly every entry, and each checkout writes two.
 */
export function formatTimeline(entries: readonly TimelineEntry[]): string {
  return entries.map((entry) => `${JSON.stringify(toStored(entry))}\n`).join('')
}

/** By time: what a saga wrote with its end may stand before what was on its way to the database just then. */
export function parseTimeline(lines: string): TimelineEntry[] {
  const entries = lines.split('\n').flatMap((line) => (line === '' ? [] : [parseEntry(line)]))
  return entries.sort((a, b) => a.at.localeCompare(b.at))
}

function toStored(entry: TimelineEntry): object {
  const { attempt, fence, ...rest } = entry
  return attempt === 1 && fence === 1 ? rest : entry
}

function parseEntry(line: string): TimelineEntry {
  return { attempt: 1, fence: 1, ...(JSON.parse(line) as Omit<TimelineEntry, 'attempt' | 'fence'>) }
}
