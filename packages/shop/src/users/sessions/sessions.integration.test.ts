import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { AnyCommandHandler } from 'banyan/command'
import { coreErrors, isError, systemClock, systemRandom, type Clock } from 'banyan/core'
import { createTokens, generateTokenKeys, parseTokenKeys } from 'banyan/gateway'
import type { Session } from 'banyan/data'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { commandItem } from '../../testing/command-item.ts'
import { refused } from '../../testing/refused.ts'
import { userPrincipal } from '../../testing/principals.ts'
import { startService, type ServiceFixture } from '../../testing/service-fixture.ts'
import type { users as contract } from '../contract.ts'
import { userErrors } from '../errors.ts'
import { usersService } from '../service.ts'
import { MAX_SESSIONS_PER_USER } from './session-store.ts'

const DAY_MS = 86_400_000
const password = 'correct horse'

describe('sessions', () => {
  const keys = generateTokenKeys(systemRandom)
  let shiftMs = 0
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + shiftMs }
  const tokens = createTokens({ keys: parseTokenKeys(keys), clock })
  let postgres: TestPostgres
  let users: ServiceFixture<typeof contract>
  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    users = await startService(usersService, { postgres, settings: { TOKEN_KEYS: keys }, clock })
  })
  after(async () => {
    await users[Symbol.asyncDispose]()
    await postgres.stop()
  })

  let count = 0
  async function newcomer() {
    const email = `user${++count}@example.com`
    const { data } = await users.call('registerUser', { name: 'Ada', email, password })
    const session = await logIn(email)
    const { sessionId } = await tokens.verifyAccessToken(session.accessToken)
    return { id: data.id, email, session, sessionId, principal: userPrincipal(data.id, { sessionId }) }
  }
  async function logIn(email: string, given = password) {
    return (await users.call('createSession', { email, password: given })).data
  }
  async function refresh(refreshToken: string) {
    return (await users.call('refreshSession', { refreshToken })).data
  }
  async function standing(userId: string, sessionId: string) {
    return (await users.call('getStanding', { userId, sessionId })).data
  }

  test('a log-in answers a verifiable access token for 15 minutes and the user', async () => {
    const { id, email, session, sessionId } = await newcomer()
    assert.equal(session.user.email, email)
    const lifetimeMs = Date.parse(session.expiresAt) - clock.now()
    assert.ok(lifetimeMs > 890_000 && lifetimeMs <= 900_000, String(lifetimeMs))
    assert.equal((await tokens.verifyAccessToken(session.accessToken)).userId, id)
    assert.deepEqual(await standing(id, sessionId), { role: 'customer' })
    assert.equal((await logIn(`  ${email.toUpperCase()}`)).user.id, id)
  })

  test('a wrong password and an unknown address get the same answer', async () => {
    const { email } = await newcomer()
    const answers = await Promise.allSettled([logIn(email, 'wrong'), logIn('nobody@example.com')])
    const errors = answers.map((answer) => (answer as PromiseRejectedResult).reason)
    assert.ok(errors.every((error) => isError(error, userErrors.BAD_CREDENTIALS)))
    assert.deepEqual(errors[0].toJSON(), errors[1].toJSON())
  })

  test('no token is stored', async () => {
    const { session } = await newcomer()
    const [{ text }] = (await users.database.query<{ text: string }>(
      `SELECT json_agg(sessions)::text || (SELECT coalesce(json_agg(banyan_keys)::text, '') FROM banyan_keys) AS text
       FROM sessions`,
    )) as [{ text: string }]
    assert.ok(text.includes('ses_'), 'the check sees the rows')
    for (const secret of [session.accessToken, ...session.refreshToken.split('.').slice(1)]) {
      assert.ok(!text.includes(secret))
    }
  })

  test('a refresh token buys one pair; the session goes on under the same id', async () => {
    const { id, session, sessionId } = await newcomer()
    const next = await refresh(session.refreshToken)
    assert.notEqual(next.refreshToken, session.refreshToken)
    assert.equal((await tokens.verifyAccessToken(next.accessToken)).sessionId, sessionId)
    assert.deepEqual(await standing(id, sessionId), { role: 'customer' })
    const third = await refresh(next.refreshToken)
    assert.equal(third.user.id, id)
  })

  test('a spent token that comes back ends the session, the newest token of it too; other sessions stay', async () => {
    const { id, email, session, sessionId } = await newcomer()
    const other = await logIn(email)
    const next = await refresh(session.refreshToken)
    const newest = await refresh(next.refreshToken)
    await refused(refresh(session.refreshToken), userErrors.BAD_REFRESH_TOKEN)
    await refused(refresh(newest.refreshToken), userErrors.BAD_REFRESH_TOKEN)
    assert.equal(await standing(id, sessionId), null)
    await refresh(other.refreshToken)
  })

  test('two refreshes with one token at once: one wins, and the session ends', async () => {
    for (let round = 0; round < 5; round++) {
      const { id, session, sessionId } = await newcomer()
      const results = await Promise.allSettled([refresh(session.refreshToken), refresh(session.refreshToken)])
      const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
      const lost = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
      assert.equal(won.length, 1)
      assert.ok(isError(lost[0], userErrors.BAD_REFRESH_TOKEN), String(lost[0]))
      await refused(refresh(won[0]!.refreshToken), userErrors.BAD_REFRESH_TOKEN)
      assert.equal(await standing(id, sessionId), null)
    }
  })

  test('a made-up token ends nothing', async () => {
    const { session } = await newcomer()
    const [sessionId, random, signature] = session.refreshToken.split('.') as [string, string, string]
    const forged = [
      `${sessionId}.${'0'.repeat(40)}.${signature}`,
      `${sessionId}.${random}.${'A'.repeat(43)}`,
      `${sessionId}.${random}`,
      session.refreshToken + 'A',
      'x',
    ]
    for (const token of forged) await refused(refresh(token), userErrors.BAD_REFRESH_TOKEN)
    await refresh(session.refreshToken)
  })

  test('a log-out ends this session only, and may be repeated; an API key has none to end', async () => {
    const { id, email, session, sessionId, principal } = await newcomer()
    const other = await logIn(email)
    await users.call('deleteSession', {}, { principal })
    await users.call('deleteSession', {}, { principal })
    assert.equal(await standing(id, sessionId), null)
    await refused(refresh(session.refreshToken), userErrors.BAD_REFRESH_TOKEN)
    await refresh(other.refreshToken)
    await refused(
      users.call('deleteSession', {}, { principal: userPrincipal(id, { scopes: ['users:write'] }) }),
      coreErrors.FORBIDDEN,
    )
  })

  test('a new password ends every session; the old one no longer logs in', async () => {
    const { id, email, session, sessionId, principal } = await newcomer()
    const other = await logIn(email)
    const change = (current: string, key?: string) =>
      users.call('changePassword', { userId: id, current, new: 'battery staple' }, { principal, ...(key && { key }) })
    await refused(change('wrong password'), userErrors.BAD_CREDENTIALS)
    assert.ok(await standing(id, sessionId), 'a refused change ends nothing')
    await change(password, 'the-key')
    assert.ok((await change(password, 'the-key')).replayed)
    assert.equal(await standing(id, sessionId), null)
    for (const { refreshToken } of [session, other]) {
      await refused(refresh(refreshToken), userErrors.BAD_REFRESH_TOKEN)
    }
    await refused(logIn(email), userErrors.BAD_CREDENTIALS)
    await logIn(email, 'battery staple')
    const byKey = userPrincipal(id, { scopes: ['users:write'] })
    await refused(
      users.call('changePassword', { userId: id, current: 'battery staple', new: password }, { principal: byKey }),
      coreErrors.FORBIDDEN,
    )
  })

  test('two password changes with one current password at once: one wins', async () => {
    const { id, principal } = await newcomer()
    const results = await Promise.allSettled(
      ['first password', 'second password'].map((fresh) =>
        users.call('changePassword', { userId: id, current: password, new: fresh }, { principal }),
      ),
    )
    assert.deepEqual(results.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
  })

  test('a log-in waits for a new password that is about to be committed, and is then refused', async () => {
    const { id, email } = await newcomer()
    const { handler } = users.parts.handlers.changePassword as { handler: AnyCommandHandler<object, null> }
    let attempt: Promise<unknown> = Promise.resolve()
    await users.database.transaction(async (tx) => {
      const state = await handler.load(tx, [commandItem({ userId: id })])
      handler.save(tx, [{ userId: id, newHash: '$argon2id$new', now: new Date(clock.now()).toISOString() }], state)
      attempt = logIn(email)
      const isOver = attempt.then(
        () => true,
        () => true,
      )
      while (!(await Promise.race([isOver, isSomebodyWaiting(users.database)])));
    })
    await refused(attempt, userErrors.BAD_CREDENTIALS)
  })

  test('a log-in that races a new password never leaves a session of the old one', async () => {
    const { id, email, principal } = await newcomer()
    const change = users.call('changePassword', { userId: id, current: password, new: 'battery staple' }, { principal })
    const logIns = await Promise.allSettled([...Array(4).keys()].map(() => logIn(email)))
    await change
    for (const result of logIns) {
      if (result.status === 'rejected') continue
      const { sessionId } = await tokens.verifyAccessToken(result.value.accessToken)
      assert.equal(await standing(id, sessionId), null)
    }
  })

  test('deletion ends sessions; a new role shows in the standing', async () => {
    const { id, session, sessionId, principal } = await newcomer()
    const admin = userPrincipal('1', { role: 'admin' })
    await users.call('changeRole', { userId: id, role: 'admin' }, { principal: admin })
    assert.deepEqual(await standing(id, sessionId), { role: 'admin' })
    await users.call('changeRole', { userId: '1', role: 'admin' }, { principal: admin })
    await users.call('deleteUser', { userId: id }, { principal })
    assert.equal(await standing(id, sessionId), null)
    await refused(refresh(session.refreshToken), userErrors.BAD_REFRESH_TOKEN)
  })

  test(`beyond ${MAX_SESSIONS_PER_USER} sessions the ones that rested longest end`, async () => {
    const { id, session, sessionId } = await newcomer()
    await users.database.query(
      `INSERT INTO sessions SELECT user_id, 'ses_' || n, token_hash, created_at, refreshed_at + n * interval '1 ms', expires_at
       FROM sessions, generate_series(1, $2) AS n WHERE user_id = $1`,
      [id, MAX_SESSIONS_PER_USER - 1],
    )
    await refresh(session.refreshToken)
    await logIn(session.user.email)
    const rows = await users.database.query<{ id: string }>(
      'SELECT session_id AS id FROM sessions WHERE user_id = $1',
      [id],
    )
    const ids = rows.map((row) => row.id)
    assert.equal(ids.length, MAX_SESSIONS_PER_USER)
    assert.ok(ids.includes(sessionId), 'the refreshed one stays')
    assert.ok(!ids.includes('ses_1'), 'the one that rested longest is gone')
  })

  test('30 days without a refresh end a session, and the next log-in clears it away', async () => {
    const { id, email, session, sessionId } = await newcomer()
    shiftMs += 29 * DAY_MS
    const next = await refresh(session.refreshToken)
    shiftMs += 29 * DAY_MS
    assert.ok(await standing(id, sessionId), 'each refresh gives 30 days more')
    shiftMs += 2 * DAY_MS
    assert.equal(await standing(id, sessionId), null)
    await refused(refresh(next.refreshToken), userErrors.BAD_REFRESH_TOKEN)
    await logIn(email)
    const rows = await users.database.query('SELECT FROM sessions WHERE session_id = $1', [sessionId])
    assert.equal(rows.length, 0)
  })
})

async function isSomebodyWaiting(session: Session): Promise<boolean> {
  return (await session.query('SELECT FROM pg_locks WHERE NOT granted')).length > 0
}
