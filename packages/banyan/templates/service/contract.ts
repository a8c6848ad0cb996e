import {
  AuditReport,
  defineCommand,
  defineContract,
  defineEvent,
  defineQuery,
  internal,
  pageOf,
  PageQuery,
  Timestamp,
  user,
  UserId,
  Type,
} from 'banyan/contract'
import { coreErrors } from 'banyan/core'
import { myNotesErrors } from './errors.ts'

const Text = Type.String({ minLength: 1, maxLength: 1_000 })

/** Entries of one user. */
export const MAX_ENTRIES = 1_000

/** Counts a user's entries from 1. */
const EntryNumber = Type.Integer({ minimum: 1, maximum: MAX_ENTRIES })

const Entry = Type.Object(
  {
    userId: UserId,
    number: EntryNumber,
    text: Text,
    createdAt: Timestamp,
  },
  { title: 'MyNotesEntry' },
)

/** From the input alone, so that gateway and service can both check it. Somebody else's answers 404. */
const ofUser = user({ owner: ({ userId }) => userId, roles: ['admin'] })

/** What the service promises. Routes, validation, types and OpenAPI come from this; no other file may be imported. */
export const myNotes = defineContract({
  name: 'my-notes',
  errors: myNotesErrors,
  operations: {
    addEntry: defineCommand({
      summary: 'Adds an entry.',
      http: 'POST /users/:userId/my-notes',
      created: ({ userId, number }) => `/users/${userId}/my-notes/${number}`,
      input: Type.Object({ userId: UserId, text: Text }),
      output: Entry,
      errors: [myNotesErrors.FULL],
      access: ofUser,
      shardKey: ({ userId }) => userId,
    }),
    getEntry: defineQuery({
      summary: 'One entry.',
      http: 'GET /users/:userId/my-notes/:number',
      input: Type.Object({ userId: UserId, number: EntryNumber }),
      output: Entry,
      errors: [coreErrors.NOT_FOUND],
      access: ofUser,
    }),
    listEntries: defineQuery({
      summary: 'A user’s entries, oldest first.',
      http: 'GET /users/:userId/my-notes',
      input: Type.Object({ userId: UserId, ...PageQuery }),
      output: pageOf(Entry),
      access: ofUser,
    }),
    audit: defineQuery({
      summary: 'Checks that each user’s entries are numbered without gap.',
      input: Type.Object({}),
      output: AuditReport,
      access: internal,
      deadlineMs: 60_000,
    }),
  },
  events: {
    'entry-added.v1': defineEvent(Type.Object({ userId: UserId, number: Type.Integer(), text: Type.String() })),
  },
})
