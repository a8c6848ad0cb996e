import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { generateTokenKeys } from 'banyan/gateway'
import { coreErrors, isError, systemRandom } from 'banyan/core'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { refused } from '../../testing/refused.ts'
import { userPrincipal } from '../../testing/principals.ts'
import { startService, type ServiceFixture } from '../../testing/service-fixture.ts'
import type { users as contract } from '../contract.ts'
import { userErrors } from '../errors.ts'
import { usersService } from '../service.ts'

describe('accounts', () => {
  let postgres: TestPostgres
  let users: ServiceFixture<typeof contract>
  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    users = await startService(usersService, { postgres, settings: { TOKEN_KEYS: generateTokenKeys(systemRandom) } })
  })
  after(async () => {
    await users[Symbol.asyncDispose]()
    await postgres.stop()
  })

  const password = 'correct horse'
  async function register(email: string, name = 'Ada') {
    return (await users.call('registerUser', { name, email, password })).data
  }
  async function events(userId: string) {
    return users.database.query(
      'SELECT version, type, payload FROM banyan_log WHERE aggregate_id = $1 ORDER BY position',
      [userId],
    )
  }

  test('ids count from 1; the address is trimmed and lower case; the event names no address', async () => {
    const ada = await register('  Ada@Example.COM ', ' Ada Lovelace ')
    assert.equal(ada.id, '1')
    assert.equal(ada.email, 'ada@example.com')
    assert.equal(ada.name, 'Ada Lovelace')
    assert.equal(ada.role, 'customer')
    assert.match(ada.createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert.equal(ada.createdAt, ada.updatedAt)
    assert.deepEqual(await events('1'), [
      { version: 1, type: 'users.user-registered.v1', payload: { userId: '1', name: 'Ada Lovelace' } },
    ])
    const { data, versions, changedAt } = await users.call('getUser', { userId: '1' })
    assert.deepEqual({ data, versions, changedAt }, { data: ada, versions: 'u1', changedAt: ada.createdAt })
  })

  test('an address is taken once, however it is written and however many ask at once', async () => {
    const spellings = ['bob@example.com', 'BOB@example.com', ' Bob@Example.com', 'bob@example.com ', 'boB@example.com']
    const results = await Promise.allSettled(spellings.map((email) => register(email, 'Bob')))
    const refused = results.filter((result) => result.status === 'rejected')
    assert.equal(refused.length, 4)
    for (const { reason } of refused) assert.ok(isError(reason, userErrors.EMAIL_TAKEN), String(reason))
    assert.equal((await users.call('getContact', { userIds: ['2', '3'] })).data.length, 1, 'a refusal uses up no id')
  })

  test('the same Idempotency-Key registers once and shows the same user', async () => {
    const input = { name: 'Cy', email: 'cy@example.com', password }
    const first = await users.call('registerUser', input, { key: 'k1' })
    const again = await users.call('registerUser', input, { key: 'k1' })
    assert.deepEqual({ ...again, replayed: false }, first)
    assert.ok(again.replayed)
    await refused(users.call('registerUser', { ...input, name: 'Di' }, { key: 'k1' }), coreErrors.KEY_REUSED)
  })

  test('an update changes what it names, honours If-Match, and tells of a new name only', async () => {
    const { id } = await register('flo@example.com', 'Flo')
    const principal = userPrincipal(id)
    const renamed = await users.call('updateUser', { userId: id, name: 'Florence' }, { principal, ifMatch: 'u1' })
    assert.equal(renamed.versions, 'u2')
    assert.equal(renamed.data.email, 'flo@example.com')
    await refused(
      users.call('updateUser', { userId: id, name: 'F' }, { principal, ifMatch: 'u1' }),
      coreErrors.PRECONDITION_FAILED,
    )
    const moved = await users.call('updateUser', { userId: id, email: 'FLORENCE@example.com' }, { principal })
    assert.equal(moved.versions, 'u3')
    assert.equal(moved.data.email, 'florence@example.com')
    const same = await users.call('updateUser', { userId: id, name: 'Florence' }, { principal })
    assert.equal(same.versions, 'u3', 'nothing changed, so the version stays')
    assert.deepEqual(
      (await events(id)).map(({ type, version }) => [type, version]),
      [
        ['users.user-registered.v1', 1],
        ['users.user-renamed.v1', 2],
      ],
    )
  })

  test('an address moves: the old one is free, a taken one refused, and a batch may pass one on', async () => {
    const gus = await register('gus@example.com')
    const hal = await register('hal@example.com')
    const change = (userId: string, email: string) =>
      users.call('updateUser', { userId, email }, { principal: userPrincipal(userId) })
    await refused(change(hal.id, 'gus@example.com'), userErrors.EMAIL_TAKEN)
    await Promise.all([change(gus.id, 'gus2@example.com'), change(hal.id, 'gus@example.com')])
    assert.deepEqual((await users.call('getUser', { userId: hal.id })).data.email, 'gus@example.com')
    await register('hal@example.com')
  })

  test('a deleted user is anonymous, answers 404, and the address can be registered again', async () => {
    const ida = await register('ida@example.com', 'Ida')
    const principal = userPrincipal(ida.id)
    await users.call('createApiKey', { userId: ida.id, name: 'ci', scopes: ['users:read'] }, { principal })
    await users.call('createSession', { email: 'ida@example.com', password })
    await users.call('deleteUser', { userId: ida.id }, { principal })

    await refused(users.call('getUser', { userId: ida.id }), coreErrors.NOT_FOUND)
    await refused(users.call('updateUser', { userId: ida.id, name: 'I' }, { principal }), coreErrors.NOT_FOUND)
    await refused(users.call('deleteUser', { userId: ida.id }, { principal }), coreErrors.NOT_FOUND)
    await refused(users.call('createSession', { email: 'ida@example.com', password }), userErrors.BAD_CREDENTIALS)
    const [row] = await users.database.query('SELECT name, email, role FROM users WHERE user_id = $1', [ida.id])
    assert.deepEqual(row, { name: 'Deleted user', email: null, role: 'customer' })
    assert.deepEqual((await events(ida.id)).at(-1), {
      version: 2,
      type: 'users.user-deleted.v1',
      payload: { userId: ida.id },
    })
    const again = await register('ida@example.com', 'Ida again')
    assert.notEqual(again.id, ida.id)
    await users.call('createSession', { email: 'ida@example.com', password })
  })

  test('the last admin stays, also when two remove each other at once', async () => {
    const [joe, kim] = [await register('joe@example.com'), await register('kim@example.com')]
    await users.database.query(`UPDATE users SET role = 'admin' WHERE user_id = ANY ($1)`, [[joe.id, kim.id]])
    const principal = userPrincipal(joe.id, { role: 'admin' })
    const results = await Promise.allSettled([
      users.call('changeRole', { userId: joe.id, role: 'customer' }, { principal }),
      users.call('deleteUser', { userId: kim.id }, { principal }),
    ])
    const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    assert.equal(refusals.length, 1)
    assert.ok(isError(refusals[0], userErrors.LAST_ADMIN), String(refusals[0]))
  })

  test('a role changes and changes back', async () => {
    const { id } = await register('lea@example.com')
    const principal = userPrincipal('1', { role: 'admin' })
    const promoted = await users.call('changeRole', { userId: id, role: 'admin' }, { principal })
    assert.equal(promoted.data.role, 'admin')
    const demoted = await users.call('changeRole', { userId: id, role: 'customer' }, { principal })
    assert.equal(demoted.versions, 'u3')
    await refused(users.call('changeRole', { userId: '999999', role: 'admin' }, { principal }), coreErrors.NOT_FOUND)
    const byKey = userPrincipal('1', { role: 'admin', scopes: ['users:write'] })
    await refused(users.call('changeRole', { userId: id, role: 'admin' }, { principal: byKey }), coreErrors.FORBIDDEN)
    await refused(users.call('deleteUser', { userId: id }, { principal: byKey }), coreErrors.FORBIDDEN)
  })

  test('lists go page by page, by id or by address; a cursor of another list is refused', async () => {
    for (const name of ['search-a', 'search-b', 'search_c', 'search%d']) await register(`${name}@example.com`)
    const all: string[] = []
    let cursor: string | undefined
    do {
      const { data } = await users.call('listUsers', { limit: 3, ...(cursor && { cursor }) })
      assert.ok(data.items.length <= 3)
      all.push(...data.items.map(({ id }) => id))
      cursor = data.nextCursor ?? undefined
    } while (cursor)
    assert.deepEqual(
      all,
      all.toSorted((a, b) => Number(a) - Number(b)),
    )
    assert.equal(new Set(all).size, all.length)

    const first = (await users.call('listUsers', { search: 'SEARCH-', limit: 1 })).data
    assert.deepEqual(
      first.items.map(({ email }) => email),
      ['search-a@example.com'],
    )
    const second = (await users.call('listUsers', { search: 'SEARCH-', limit: 1, cursor: first.nextCursor! })).data
    assert.deepEqual(
      second.items.map(({ email }) => email),
      ['search-b@example.com'],
    )
    assert.equal(second.nextCursor, null)
    assert.equal((await users.call('listUsers', { search: 'search%' })).data.items.length, 1, '% is no wildcard')

    for (const bad of [first.nextCursor!, 'x', 'dXNlcnMgMA', Buffer.from('users 1 OR 1').toString('base64url')]) {
      await refused(users.call('listUsers', { cursor: bad }), coreErrors.INVALID_INPUT)
    }
  })

  test('the audit finds nothing, and finds what is planted', async () => {
    const clean = (await users.call('audit', {})).data
    assert.deepEqual(
      clean.findings.filter(({ ok }) => !ok),
      [],
    )
    assert.ok(clean.findings.every(({ checked }) => checked > 0))
    await users.database.query(`DELETE FROM user_emails WHERE user_id = 1`)
    await users.database.query(`DELETE FROM credentials WHERE user_id = 1`)
    await users.database.query(`UPDATE users SET event_version = 7 WHERE user_id = 1`)
    await users.database.query(`UPDATE users SET name = 'Ida' WHERE deleted_at IS NOT NULL`)
    const { findings } = (await users.call('audit', {})).data
    assert.deepEqual(
      findings.map(({ ok }) => ok),
      findings.map(() => false),
    )
    assert.deepEqual(findings.find(({ invariant }) => invariant === 'I8')!.rows, ['1'])
  })
})
