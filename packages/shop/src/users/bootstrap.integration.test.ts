import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Wire } from 'banyan/contract'
import { systemClock, systemRandom } from 'banyan/core'
import { generateTokenKeys } from 'banyan/gateway'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { refused } from '../testing/refused.ts'
import { startService, testCall, type ServiceFixture } from '../testing/service-fixture.ts'
import { bootstrapUsers, DEMO_PASSWORD } from './bootstrap.ts'
import type { users as contract } from './contract.ts'
import { userErrors } from './errors.ts'
import { usersService } from './service.ts'

describe('first start', () => {
  let postgres: TestPostgres
  let users: ServiceFixture<typeof contract>
  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    const settings = { TOKEN_KEYS: generateTokenKeys(systemRandom) }
    users = await startService(usersService, { postgres, settings })
  })
  after(async () => {
    await users[Symbol.asyncDispose]()
    await postgres.stop()
  })

  const bootstrap = (adminPassword: string | null = null) => {
    const wire: Wire = { call: (_, input, call) => users.call('createFirstUsers', input as never, call) }
    const call = { ...testCall(), principal: { kind: 'service', name: 'shop' } as const }
    const options = { adminEmail: 'Admin@example.com', adminPassword, demoCustomers: 100 }
    return bootstrapUsers({ wire, call, random: systemRandom, ...options })
  }
  const count = async (table: 'users' | 'user_emails' | 'credentials' | 'banyan_log') => {
    const sql = {
      users: 'SELECT FROM users',
      user_emails: 'SELECT FROM user_emails',
      credentials: 'SELECT FROM credentials',
      banyan_log: 'SELECT FROM banyan_log',
    }
    return (await users.database.query(sql[table])).length
  }

  test('an address that somebody has is not made admin by it', async () => {
    const admin = { name: 'Mallory', email: 'admin@example.com', password: 'correct horse' }
    const { data } = await users.call('registerUser', admin)
    await refused(bootstrap(), userErrors.EMAIL_TAKEN)
    await users.call('deleteUser', { userId: data.id })
  })

  test('of several processes that start at once one makes the users, and a later start changes nothing', async () => {
    const startedAt = systemClock.monotonicMs()
    const results = await Promise.all([bootstrap(), bootstrap(), bootstrap()])
    const tookMs = systemClock.monotonicMs() - startedAt
    const [made, ...others] = results.toSorted((a, b) => b.created - a.created)
    assert.equal(made!.created, 101)
    assert.match(made!.generatedPassword!, /^[0-9a-z]{20}$/)
    assert.deepEqual(others, [
      { created: 0, generatedPassword: null },
      { created: 0, generatedPassword: null },
    ])
    assert.deepEqual(await bootstrap('another password'), { created: 0, generatedPassword: null })
    assert.ok(tookMs < 2_000, `${tookMs} ms`)

    const { data } = await users.call('createSession', {
      email: 'admin@example.com',
      password: made!.generatedPassword!,
    })
    assert.equal(data.user.role, 'admin')
    const customer = { email: 'customer100@example.com', password: DEMO_PASSWORD }
    assert.equal((await users.call('createSession', customer)).data.user.name, 'Customer 100')
  })

  test('they came through the real tables and the event log', async () => {
    assert.equal(await count('users'), 102)
    assert.equal(await count('user_emails'), 101)
    assert.equal(await count('credentials'), 101)
    assert.equal(await count('banyan_log'), 103)
    const { findings } = (await users.call('audit', {})).data
    assert.deepEqual(
      findings.filter(({ ok }) => !ok),
      [],
    )
  })
})
