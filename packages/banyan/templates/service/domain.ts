import { accept, refuse, type Decision } from 'banyan/command'
import { reply, type InputOf, type OutputOf } from 'banyan/contract'
import { MAX_ENTRIES, type myNotes } from './contract.ts'
import { myNotesErrors } from './errors.ts'

export type AddEntry = InputOf<typeof myNotes.operations.addEntry>
export type Entry = OutputOf<typeof myNotes.operations.addEntry>

/** Pure: the number of the user's entries and the time are handed in, so it is tested without a database. */
export function decideAddEntry(count: number, { userId, text }: AddEntry, now: string): Decision<Entry, Entry> {
  if (count >= MAX_ENTRIES) return refuse(myNotesErrors.FULL({ count, limit: MAX_ENTRIES }))
  const entry = { userId, number: count + 1, text, createdAt: now }
  const payload = { userId, number: entry.number, text }
  const event = { type: 'my-notes.entry-added.v1', aggregateId: userId, version: entry.number, payload }
  return accept(reply(entry), [entry], [event])
}
