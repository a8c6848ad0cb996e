import { Type } from '../../core/index.ts'
import { myNotesService } from '../../../templates/service/service.ts'
import { query } from '../../command/index.ts'
import {
  AuditReport,
  createVersions,
  defineContract,
  defineQuery,
  internal,
  reply,
  type Finding,
} from '../../contract/index.ts'
import type { Session, Transaction } from '../../data/index.ts'
import type { ProjectionDefinition } from '../../events/index.ts'
import type { StoredEvent } from '../../log/index.ts'
import { defineApp, defineService, textSetting } from '../../runtime/index.ts'

const TYPES = ['my-notes.entry-added.v1']

const mirror = defineContract({
  name: 'mirror',
  errors: {},
  operations: {
    audit: defineQuery({
      summary: 'How long one of its statements may take.',
      input: Type.Object({}),
      output: AuditReport,
      access: internal,
    }),
  },
  events: {},
})

const totals: ProjectionDefinition = {
  name: 'mirror.totals',
  types: TYPES,
  table: 'totals',
  async apply(tx, table, events) {
    // A projection is told which table to write to.
    const sql = `INSERT INTO ${table} SELECT user_id, count(*)::int FROM unnest($1::bigint[]) AS user_id GROUP BY user_id
      ON CONFLICT (user_id) DO UPDATE SET entries = ${table}.entries + excluded.entries`
    tx.execute(sql, [events.map(({ aggregateId }) => aggregateId)])
  },
}

/** Copies entries; while `POISON` is set, it cannot take the one of that text. */
const mirrorService = defineService({
  contract: mirror,
  migrations: new URL('./migrations/', import.meta.url),
  create: ({ settings, shards }) => ({
    handlers: { audit: query(async () => reply({ findings: [await auditPatience(shards.root)], facts: {} })) },
    consumers: [{ name: 'mirror.copy', types: TYPES, handle: (tx, events) => copy(tx, events, settings.POISON) }],
    projections: [totals],
  }),
})

/** Holds for whoever lets a statement read whole tables. */
async function auditPatience(session: Session): Promise<Finding> {
  const [row] = await session.query<{ ms: number }>(
    `SELECT setting::int AS ms FROM pg_settings WHERE name = 'statement_timeout'`,
  )
  const { ms } = row!
  return { invariant: 'mirror.patience', ok: ms >= 60_000, checked: 1, rows: [`a statement may take ${ms} ms`] }
}

async function copy(tx: Transaction, events: readonly StoredEvent[], poison: string | undefined): Promise<void> {
  const entries = events.map(({ payload }) => payload as { userId: string; number: number; text: string })
  if (entries.some(({ text }) => text === poison)) throw new Error('cannot take poison')
  tx.execute('INSERT INTO copies SELECT * FROM unnest($1::bigint[], $2::int[], $3::text[])', [
    entries.map(({ userId }) => userId),
    entries.map(({ number }) => number),
    entries.map(({ text }) => text),
  ])
}

/** Two small services for tests of the commands; everybody is the admin. */
export const app = defineApp({
  name: 'fixture',
  services: [myNotesService, mirrorService],
  versions: createVersions({ current: 1, default: 1, transforms: [] }),
  topologies: [{ name: 'monolith', processes: [{ name: 'trunk', services: ['my-notes', 'mirror'], gateway: true }] }],
  settings: { POISON: textSetting({ description: 'A text that breaks the consumer' }) },
  authenticator: () => ({
    authenticate: () => ({
      principal: { kind: 'user', id: '1', role: 'admin', scopes: null, sessionId: null },
      client: null,
    }),
  }),
})
