import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { isError, systemRandom, type ErrorFactory } from 'banyan/core'
import { generateTokenKeys } from 'banyan/gateway'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { userPrincipal } from '../testing/principals.ts'
import { startService, type ServiceFixture } from '../testing/service-fixture.ts'
import type { users as contract } from './contract.ts'
import { userErrors } from './errors.ts'
import { usersService } from './service.ts'

const ROUNDS = 8
const password = 'correct horse'

/** Two command runners over one database meet only in PostgreSQL: what holds here, holds between processes. */
describe('two processes', () => {
  let postgres: TestPostgres
  let here: ServiceFixture<typeof contract>
  let there: ServiceFixture<typeof contract>
  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    const options = { postgres, settings: { TOKEN_KEYS: generateTokenKeys(systemRandom) } }
    here = await startService(usersService, options)
    there = await startService(usersService, options)
  })
  after(async () => {
    await here[Symbol.asyncDispose]()
    await there[Symbol.asyncDispose]()
    await postgres.stop()
  })

  const register = (users: ServiceFixture<typeof contract>, email: string) =>
    users.call('registerUser', { name: 'Ada', email, password })

  test('one address, asked for by registrations and by a move at once, goes to one', async () => {
    const { id } = (await register(here, 'mover@example.com')).data
    for (let round = 0; round < ROUNDS; round++) {
      const email = `wanted${round}@example.com`
      const results = await Promise.allSettled([
        register(here, email),
        register(there, email),
        there.call('updateUser', { userId: id, email }, { principal: userPrincipal(id) }),
      ])
      oneWins(results, userErrors.EMAIL_TAKEN)
    }
  })

  test('one user, renamed in both at once, has both changes and an event for each', async () => {
    const { id } = (await register(here, 'renamed@example.com')).data
    const principal = userPrincipal(id)
    for (let round = 0; round < ROUNDS; round++) {
      const renamed = await Promise.all(
        [here, there].map((users, index) =>
          users.call('updateUser', { userId: id, name: `Ada ${round}-${index}` }, { principal }),
        ),
      )
      const versions = new Set(renamed.map((reply) => reply.versions))
      assert.deepEqual(versions, new Set([`u${2 * round + 2}`, `u${2 * round + 3}`]))
    }
  })

  test('addresses asked for in opposite orders do not deadlock', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const emails = Array.from({ length: 6 }, (_, index) => `order${round}-${index}@example.com`)
      const results = await Promise.allSettled([
        ...emails.map((email) => register(here, email)),
        ...emails.toReversed().map((email) => register(there, email)),
      ])
      for (const email of emails) {
        const { items } = (await here.call('listUsers', { search: email })).data
        assert.equal(items.length, 1)
      }
      for (const result of results) {
        assert.ok(result.status === 'fulfilled' || isError(result.reason, userErrors.EMAIL_TAKEN), describeOf(result))
      }
    }
  })

  test('one refresh token, spent in both at once, buys one pair and ends the session', async () => {
    await register(here, 'refresh@example.com')
    for (let round = 0; round < ROUNDS; round++) {
      const { data } = await here.call('createSession', { email: 'refresh@example.com', password })
      const { refreshToken } = data
      const results = await Promise.allSettled([
        here.call('refreshSession', { refreshToken }),
        there.call('refreshSession', { refreshToken }),
      ])
      oneWins(results, userErrors.BAD_REFRESH_TOKEN)
      const rows = await here.database.query('SELECT FROM sessions')
      assert.equal(rows.length, 0)
    }
  })

  test('two admins who remove each other at once: one stays', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const ids = [
        (await register(here, `admin${round}-1@example.com`)).data.id,
        (await register(there, `admin${round}-2@example.com`)).data.id,
      ]
      await here.database.query(
        `UPDATE users SET role = CASE WHEN user_id = ANY ($1) THEN 'admin' ELSE 'customer' END`,
        [ids],
      )
      const principal = userPrincipal(ids[0]!, { role: 'admin' })
      const results = await Promise.allSettled([
        here.call('deleteUser', { userId: ids[0]! }, { principal }),
        there.call('changeRole', { userId: ids[1]!, role: 'customer' }, { principal }),
      ])
      oneWins(results, userErrors.LAST_ADMIN)
    }
  })

  test('one API key too many, made in both at once, is refused in one', async () => {
    const { id: userId } = (await register(here, 'keys@example.com')).data
    const principal = userPrincipal(userId)
    const create = (users: ServiceFixture<typeof contract>, key: string) =>
      users.call('createApiKey', { userId, name: 'ci', scopes: ['users:read'] }, { principal, key, waitMs: 2_000 })
    for (let n = 0; n < 19; n++) await create(here, `k${n}`)
    oneWins(await Promise.allSettled([create(here, 'a'), create(there, 'b')]), userErrors.TOO_MANY_API_KEYS)
    const replays = await Promise.all([create(here, 'k0'), create(there, 'k0')])
    assert.equal(replays[0].data.key, replays[1].data.key)
  })

  test('afterwards the books are right', async () => {
    const { findings } = (await here.call('audit', {})).data
    assert.deepEqual(
      findings.filter(({ ok }) => !ok),
      [],
    )
  })
})

function oneWins(results: readonly PromiseSettledResult<unknown>[], error: ErrorFactory): void {
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1, results.map(describeOf).join('\n'))
  for (const result of results) {
    assert.ok(result.status === 'fulfilled' || isError(result.reason, error), describeOf(result))
  }
}

function describeOf(result: PromiseSettledResult<unknown>): string {
  return result.status === 'fulfilled' ? 'fulfilled' : `${String(result.reason)} (${String(result.reason.cause ?? '')})`
}
