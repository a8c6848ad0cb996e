import { command, query, type CommandHandler } from 'banyan/command'
import { createCursor, DEFAULT_PAGE_LIMIT, reply, toPage } from 'banyan/contract'
import { coreErrors } from 'banyan/core'
import { defineService } from 'banyan/runtime'
import { myNotes } from './contract.ts'
import { decideAddEntry, type AddEntry, type Entry } from './domain.ts'
import { auditNumbers, insertEntries, lockCounts, readEntries } from './store.ts'

const cursors = createCursor('my-notes', /^[0-9]{1,9}$/)

/** The compiler names the operation of the contract that has no handler. */
export const myNotesService = defineService({
  contract: myNotes,
  migrations: new URL('./migrations/', import.meta.url),
  create: ({ shards }) => ({
    handlers: {
      addEntry: command(addEntry),
      getEntry: query(async ({ userId, number }) => {
        const [entry] = await readEntries(shards.shard(userId), { userId, after: number - 1, limit: 1 })
        if (entry?.number !== number) throw coreErrors.NOT_FOUND()
        return reply(entry)
      }),
      listEntries: query(async ({ userId, limit = DEFAULT_PAGE_LIMIT, cursor }) => {
        const after = Number(cursors.decode(cursor) ?? 0)
        // One more than asked for tells whether there is a next page.
        const entries = await readEntries(shards.shard(userId), { userId, after, limit: limit + 1 })
        return reply(toPage(entries, limit, (last) => cursors.encode(String(last.number))))
      }),
      audit: query(async () => {
        const findings = await Promise.all(shards.all().map((database) => auditNumbers(database)))
        return reply({ findings, facts: {} })
      }),
    },
  }),
})

/** Over a whole batch in one transaction, with keys, outcomes and events; a single call is a batch of one. */
const addEntry: CommandHandler<AddEntry, Entry, Map<string, number>, Entry> = {
  load: (tx, items) => lockCounts(tx, [...new Set(items.map(({ input }) => input.userId))]),
  decide: (counts, { input, now }) => decideAddEntry(counts.get(input.userId) ?? 0, input, now),
  evolve: (counts, entry) => void counts.set(entry.userId, entry.number),
  save: (tx, entries) => insertEntries(tx, entries),
}
