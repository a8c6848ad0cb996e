import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { AnyCommandHandler, CommandItem } from 'banyan/command'
import { systemRandom } from 'banyan/core'
import type { Transaction } from 'banyan/data'
import { generateTokenKeys } from 'banyan/gateway'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import fc from 'fast-check'
import { userPrincipal } from '../testing/principals.ts'
import { startService, testCall, type ServiceFixture } from '../testing/service-fixture.ts'
import type { users as contract } from './contract.ts'
import { usersService } from './service.ts'

const NOW = '2026-01-15T10:30:00.000Z'
const USERS = ['1', '2', '3'] // of the fixture: 1 and 2 are admins
const FRESH_IDS_FROM = 100

/** One command of a batch, before it has a place in it. */
interface Given {
  readonly input: object
  readonly precomputed?: (index: number) => unknown
  readonly key?: string
  readonly ifMatch?: string | null
}

describe('a batch equals one after another', () => {
  let postgres: TestPostgres
  let users: ServiceFixture<typeof contract>
  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    users = await startService(usersService, { postgres, settings: { TOKEN_KEYS: generateTokenKeys(systemRandom) } })
    await users.database.transaction(fillTables)
  })
  after(async () => {
    await users[Symbol.asyncDispose]()
    await postgres.stop()
  })

  const userId = fc.constantFrom(...USERS, '4')
  const email = fc.constantFrom(
    'user1@example.com',
    'USER2@example.com',
    'a@example.com',
    'A@example.com',
    'b@example.com',
  )
  const name = fc.constantFrom('Ada', 'Bob')
  const ifMatch = fc.constantFrom(null, null, 'u1', 'u2')
  const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })

  const ARBITRARIES: Partial<Record<keyof typeof contract.operations, fc.Arbitrary<Given>>> = {
    registerUser: fc.record({ name, email }).map((input) => ({ input, precomputed: (index) => `$argon2id$${index}` })),
    updateUser: fc
      .record({ userId, name: optional(name), email: optional(email), ifMatch })
      .map(({ ifMatch: version, ...input }) => ({ input, ifMatch: version })),
    changeRole: fc
      .record({ userId, role: fc.constantFrom('customer', 'admin'), ifMatch })
      .map(({ ifMatch: version, ...input }) => ({ input, ifMatch: version })),
    deleteUser: fc.record({ userId }).map((input) => ({ input })),
    changePassword: fc
      .record({ userId, hash: fc.constantFrom('$argon2id$1', '$argon2id$2') })
      .map(({ userId: id, hash }) => ({
        input: { userId: id },
        precomputed: (index) => ({ provenHash: hash, newHash: `$argon2id$new${index}` }),
      })),
    createApiKey: fc
      .record({ userId, name, scopes: fc.constantFrom(['users:read'], ['users:read', 'orders:read']) })
      .chain((input) => fc.constantFrom('k1', 'k2', 'k3').map((key) => ({ input, key }))),
    refreshSession: fc
      .record({ userId: fc.constantFrom(...USERS), token: fc.constantFrom(0, 0, 9) })
      .map(({ userId: id, token }) => ({
        input: {},
        precomputed: (index) => ({
          given: { userId: id, sessionId: `ses_${id}`, hash: Buffer.alloc(32, token) },
          pair: {
            userId: id,
            sessionId: `ses_${id}`,
            tokenHash: Buffer.alloc(32, index + 1),
            accessToken: '',
            refreshToken: `${index}`,
            expiresAt: NOW,
          },
        }),
      })),
  }

  for (const [operation, given] of Object.entries(ARBITRARIES)) {
    test(`${operation}`, async () => {
      const handler = users.parts.handlers[operation as 'registerUser'].handler as AnyCommandHandler<unknown, unknown>
      let refusals = 0
      let acceptances = 0
      await fc.assert(
        fc.asyncProperty(fc.array(given, { minLength: 1, maxLength: 8 }), async (commands) => {
          const items = commands.map(toItem)
          const together = await tryOut(handler, [items])
          const apart = await tryOut(
            handler,
            items.map((item) => [item]),
          )
          assert.deepEqual(together, apart)
          acceptances += together.results.filter((result) => result.includes('"accept"')).length
          refusals += together.results.filter((result) => result.includes('"refuse"')).length
        }),
        { numRuns: 40 },
      )
      assert.ok(acceptances > 10 && refusals > 10, `both happened: ${acceptances} accepted, ${refusals} refused`)
    })
  }

  /** What the groups answer and leave behind, each group a batch; then all is rolled back. */
  async function tryOut(
    handler: AnyCommandHandler<unknown, unknown>,
    groups: readonly (readonly CommandItem<unknown, unknown>[])[],
  ): Promise<{ results: readonly string[]; tables: unknown }> {
    const rollback = new Error('rollback')
    let outcome: { results: readonly string[]; tables: unknown } | null = null
    await assert.rejects(
      users.database.transaction(async (tx) => {
        await tx.query(`SELECT setval('user_ids', $1)`, [FRESH_IDS_FROM])
        const results: string[] = []
        for (const items of groups) results.push(...(await runBatch(handler, tx, items)))
        outcome = { results, tables: (await tx.query(SNAPSHOT))[0] }
        throw rollback
      }),
      rollback,
    )
    return outcome!
  }
})

async function runBatch(
  handler: AnyCommandHandler<unknown, unknown>,
  tx: Transaction,
  items: readonly CommandItem<unknown, unknown>[],
): Promise<string[]> {
  const state: unknown = await handler.load(tx, items as never)
  const changes: unknown[] = []
  const results = items.map((item) => {
    const decision = handler.decide(state, item as never)
    for (const change of decision.changes) {
      handler.evolve(state, change)
      changes.push(change)
    }
    return JSON.stringify(decision)
  })
  if (changes.length > 0) handler.save(tx, changes, state)
  return results
}

function toItem({ input, precomputed, key, ifMatch = null }: Given, index: number): CommandItem<unknown, unknown> {
  return {
    input,
    precomputed: precomputed?.(index),
    call: { ...testCall(), principal: userPrincipal('1', { role: 'admin' }), key: key ?? null, ifMatch },
    now: NOW,
    newId: (prefix, user) => `${prefix}_${user}_${String(index).padStart(16, '0')}`,
  }
}

async function fillTables(tx: Transaction): Promise<void> {
  await tx.query(
    `INSERT INTO users (user_id, name, email, role, version, event_version, created_at, updated_at)
     SELECT id, 'Ada', 'user' || id || '@example.com', CASE WHEN id < 3 THEN 'admin' ELSE 'customer' END, 1, 1, $1, $1
     FROM generate_series(1, 3) AS id`,
    [NOW],
  )
  await tx.query(`INSERT INTO user_emails SELECT email, user_id FROM users`)
  await tx.query(`INSERT INTO credentials SELECT user_id, '$argon2id$1', $1 FROM users`, [NOW])
  await tx.query(
    `INSERT INTO sessions SELECT user_id, 'ses_' || user_id, decode(repeat('00', 32), 'hex'), $1, $1, '2030-01-01' FROM users`,
    [NOW],
  )
}

const SNAPSHOT = `
  SELECT (SELECT json_agg(t ORDER BY user_id)             FROM users t)       AS users,
         (SELECT json_agg(t ORDER BY email)               FROM user_emails t) AS emails,
         (SELECT json_agg(t ORDER BY user_id)             FROM credentials t) AS credentials,
         (SELECT json_agg(t ORDER BY user_id, session_id) FROM sessions t)    AS sessions,
         (SELECT json_agg(t ORDER BY user_id, key_id)     FROM api_keys t)    AS api_keys`
