import { closeSync, openSync, writeSync } from 'node:fs'
import type { JournalLine } from '../runtime/index.ts'

/** What clients write down of their calls, outside the system that they call: `banyan audit --journal` reads it. */
export interface Journal {
  note(line: JournalLine): void
  close(): void
}

/** Written at once, not flushed to disk: the witness must outlive the app, not the machine. */
export function openJournal(path: string): Journal {
  const file = openSync(path, 'a')
  return {
    note: (line) => void writeSync(file, `${JSON.stringify(line)}\n`),
    close: () => closeSync(file),
  }
}
