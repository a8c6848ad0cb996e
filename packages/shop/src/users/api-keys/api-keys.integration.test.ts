import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { coreErrors, systemClock, systemRandom, type Clock } from 'banyan/core'
import { generateTokenKeys, hashApiKey } from 'banyan/gateway'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { refused } from '../../testing/refused.ts'
import { userPrincipal } from '../../testing/principals.ts'
import { startService, type ServiceFixture } from '../../testing/service-fixture.ts'
import type { users as contract } from '../contract.ts'
import { userErrors } from '../errors.ts'
import { usersService } from '../service.ts'
import { MAX_API_KEYS_PER_USER } from './create.ts'

describe('API keys', () => {
  let shiftMs = 0
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + shiftMs }
  let postgres: TestPostgres
  let users: ServiceFixture<typeof contract>
  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    users = await startService(usersService, {
      postgres,
      settings: { TOKEN_KEYS: generateTokenKeys(systemRandom) },
      clock,
    })
  })
  after(async () => {
    await users[Symbol.asyncDispose]()
    await postgres.stop()
  })

  let count = 0
  async function newcomer() {
    const email = `user${++count}@example.com`
    const { id } = (await users.call('registerUser', { name: 'Ada', email, password: 'correct horse' })).data
    return { userId: id, principal: userPrincipal(id, { sessionId: `ses_${id}_0000000000000000` }) }
  }
  type Newcomer = Awaited<ReturnType<typeof newcomer>>
  const create = ({ userId, principal }: Newcomer, key: string, name = 'ci') =>
    users.call('createApiKey', { userId, name, scopes: ['orders:write', 'users:read'] }, { principal, key })
  const owner = async (key: string) => (await users.call('getApiKeyOwner', { keyHash: hashApiKey(key) })).data

  test('a key is shown once, found by its hash, and listed without it', async () => {
    const ada = await newcomer()
    const { data } = await create(ada, 'k1')
    assert.match(data.key, /^bk_[0-9a-hjkmnp-tv-z]{40}$/)
    assert.equal(data.lastCharacters, data.key.slice(-4))
    assert.deepEqual(await owner(data.key), {
      keyId: data.id,
      userId: ada.userId,
      role: 'customer',
      scopes: ['orders:write', 'users:read'],
    })
    const { items } = (await users.call('listApiKeys', { userId: ada.userId })).data
    const { key, ...listed } = data
    assert.deepEqual(items, [listed])
    const [{ text }] = (await users.database.query<{ text: string }>(
      `SELECT json_agg(api_keys)::text || (SELECT json_agg(banyan_keys)::text FROM banyan_keys) AS text FROM api_keys`,
    )) as [{ text: string }]
    assert.ok(text.includes(data.id), 'the check sees the rows')
    assert.ok(!text.includes(key.slice(0, 36)), 'the key is not stored')
  })

  test('the same Idempotency-Key shows the same key again, also after it was revoked, and never another body', async () => {
    const ada = await newcomer()
    const first = await create(ada, 'k1')
    const again = await create(ada, 'k1')
    assert.ok(again.replayed)
    assert.deepEqual(again.data, first.data)
    await refused(create(ada, 'k1', 'another name'), coreErrors.KEY_REUSED)
    const { userId, principal } = ada
    await users.call('deleteApiKey', { userId, keyId: first.data.id }, { principal })
    assert.deepEqual((await create(ada, 'k1')).data, first.data)
    assert.equal(await owner(first.data.key), null, 'and it stays revoked')
    const bob = await newcomer()
    assert.notEqual((await create(bob, 'k1')).data.key, first.data.key, 'keys belong to the caller')
  })

  test(`a user has at most ${MAX_API_KEYS_PER_USER}, also when many are made at once; a revoked one makes room`, async () => {
    const ada = await newcomer()
    const keys = [...Array(MAX_API_KEYS_PER_USER + 5).keys()].map((n) => create(ada, `k${n}`))
    const made = (await Promise.allSettled(keys)).flatMap((result) =>
      result.status === 'fulfilled' ? [result.value.data] : [],
    )
    assert.equal(made.length, MAX_API_KEYS_PER_USER)
    await refused(create(ada, 'one more'), userErrors.TOO_MANY_API_KEYS)
    const { userId, principal } = ada
    await users.call('deleteApiKey', { userId, keyId: made[0]!.id }, { principal })
    await create(ada, 'one more, later')

    const listed: string[] = []
    let cursor: string | undefined
    do {
      const { data } = await users.call('listApiKeys', { userId, limit: 7, ...(cursor && { cursor }) })
      listed.push(...data.items.map(({ id }) => id))
      cursor = data.nextCursor ?? undefined
    } while (cursor)
    assert.equal(new Set(listed).size, MAX_API_KEYS_PER_USER)
    assert.equal(listed.length, MAX_API_KEYS_PER_USER)
    await refused(users.call('listApiKeys', { userId, cursor: 'x' }), coreErrors.INVALID_INPUT)
  })

  test('revoking is once; an unknown or foreign key is not there', async () => {
    const [ada, bob] = [await newcomer(), await newcomer()]
    const { id: keyId } = (await create(ada, 'k1')).data
    const { userId, principal } = bob
    await refused(users.call('deleteApiKey', { userId, keyId }, { principal }), coreErrors.NOT_FOUND)
    const own = { userId: ada.userId, keyId }
    await users.call('deleteApiKey', own, { principal: ada.principal })
    await refused(users.call('deleteApiKey', own, { principal: ada.principal }), coreErrors.NOT_FOUND)
  })

  test('an API key makes and revokes no API keys', async () => {
    const ada = await newcomer()
    const { id: keyId } = (await create(ada, 'k1')).data
    const principal = userPrincipal(ada.userId, { scopes: ['users:write'] })
    await refused(create({ ...ada, principal }, 'k2'), coreErrors.FORBIDDEN)
    await refused(users.call('deleteApiKey', { userId: ada.userId, keyId }, { principal }), coreErrors.FORBIDDEN)
  })

  test('the owner’s role is the present one; a deleted owner has none', async () => {
    const ada = await newcomer()
    const { key } = (await create(ada, 'k1')).data
    await users.database.query(`UPDATE users SET role = 'admin' WHERE user_id = ANY ($1)`, [[ada.userId, '1']])
    assert.equal((await owner(key))!.role, 'admin')
    await users.call('deleteUser', { userId: ada.userId }, { principal: ada.principal })
    assert.equal(await owner(key), null)
  })

  test('a revoked key is forgotten after a day, a live one never', async () => {
    const ada = await newcomer()
    const { userId, principal } = ada
    const { id: keyId } = (await create(ada, 'revoked')).data
    const live = await create(ada, 'live')
    await users.call('deleteApiKey', { userId, keyId }, { principal })
    shiftMs += 25 * 3_600_000
    await create(ada, 'next')
    const rows = await users.database.query<{ id: string }>('SELECT key_id AS id FROM api_keys WHERE user_id = $1', [
      userId,
    ])
    assert.equal(rows.length, 2)
    assert.ok(!rows.some((row) => row.id === keyId))
    assert.deepEqual((await create(ada, 'live')).data, live.data)
  })
})
