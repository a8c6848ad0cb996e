import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { describe, test } from 'node:test'
import { coreErrors, isError, systemRandom } from '../../core/index.ts'
import { createApiKey } from './api-keys.ts'
import type { AccessClaims, ApiKeyOwner, Standing } from './authenticator.ts'
import { createManualClock } from '../gateway.fixture.ts'
import { createTokenAuthenticator } from './token-authenticator.ts'
import { parseTokenKeys } from './token-keys.ts'
import { createTokens } from './tokens.ts'

function setUp() {
  const clock = createManualClock()
  const keys = parseTokenKeys(`k1:${'a'.repeat(40)}`)
  const sessions = new Map<string, Standing>([['s1', { role: 'customer' }]])
  const owners = new Map<string, ApiKeyOwner>()
  const asked: string[] = []
  const failure: { error: Error | null } = { error: null }
  const authenticator = createTokenAuthenticator({
    keys,
    clock,
    cacheMs: 3_000,
    async standing(claims: AccessClaims) {
      asked.push(claims.sessionId)
      if (failure.error) throw failure.error
      return sessions.get(claims.sessionId) ?? null
    },
    async apiKeys(keyHash) {
      asked.push(keyHash)
      return owners.get(keyHash) ?? null
    },
  })
  const authenticate = async (headers: IncomingHttpHeaders) => authenticator.authenticate(headers)
  const tokens = createTokens({ keys, clock })
  return { clock, sessions, owners, asked, failure, authenticator, authenticate, tokens }
}

async function bearer({ tokens }: ReturnType<typeof setUp>, sessionId = 's1'): Promise<IncomingHttpHeaders> {
  const { accessToken } = await tokens.issueAccessToken({ userId: '42', sessionId })
  return { authorization: `Bearer ${accessToken}` }
}

const isRefused = (error: unknown) => isError(error, coreErrors.UNAUTHENTICATED)

describe('access tokens at the edge', () => {
  test('no credentials: anonymous, at once', () => {
    const { authenticator } = setUp()
    assert.deepEqual(authenticator.authenticate({}), { principal: { kind: 'anonymous' }, client: null })
  })

  test('a token is the user with the role of now; the second time nothing is asked or awaited', async () => {
    const scene = setUp()
    const headers = await bearer(scene)
    const identity = await scene.authenticate(headers)
    assert.deepEqual(identity, {
      principal: { kind: 'user', id: '42', role: 'customer', scopes: null, sessionId: 's1' },
      client: 'user:42',
    })
    assert.equal(scene.authenticator.authenticate(headers), identity, 'the same object, no promise')
    assert.deepEqual(scene.asked, ['s1'])
  })

  test('the scheme has no case, the rest must be a token', async () => {
    const scene = setUp()
    const { authorization } = await bearer(scene)
    await scene.authenticate({ authorization: authorization!.replace('Bearer', 'bEARER') })
    for (const bad of ['Basic YTpi', 'Bearer', 'Bearer ', 'Bearer a b', authorization!.slice(7), '']) {
      await assert.rejects(scene.authenticate({ authorization: bad }), isRefused)
    }
  })

  test('a new role takes effect on a live token, and so does the end of its session', async () => {
    const scene = setUp()
    const headers = await bearer(scene)
    await scene.authenticate(headers)
    scene.sessions.set('s1', { role: 'admin' })
    await scene.clock.advance(3_000)
    const { principal } = await scene.authenticate(headers)
    assert.equal(principal.kind === 'user' && principal.role, 'admin')
    scene.sessions.delete('s1')
    await scene.clock.advance(3_000)
    await assert.rejects(scene.authenticate(headers), isRefused)
    await assert.rejects(scene.authenticate(headers), isRefused)
    assert.equal(scene.asked.length, 3, 'that a session ended is remembered too')
  })

  test('a burst asks once', async () => {
    const scene = setUp()
    const headers = await bearer(scene)
    await Promise.all(Array.from({ length: 50 }, () => scene.authenticate(headers)))
    await scene.clock.advance(3_000)
    await Promise.all(Array.from({ length: 50 }, () => scene.authenticate(headers)))
    assert.equal(scene.asked.length, 2)
  })

  test('a remembered token still ends with its time', async () => {
    const scene = setUp()
    const headers = await bearer(scene)
    await scene.authenticate(headers)
    await scene.clock.advance(900_000)
    await assert.rejects(scene.authenticate(headers), isRefused)
  })

  test('when the users service cannot be asked nobody is let in on old knowledge, and it heals', async () => {
    const scene = setUp()
    const headers = await bearer(scene)
    await scene.authenticate(headers)
    scene.failure.error = new Error('connection refused at 10.1.2.3')
    await scene.authenticate(headers)
    await scene.clock.advance(3_000)
    await assert.rejects(scene.authenticate(headers), (error) => {
      return isError(error, coreErrors.UNAVAILABLE) && !(error as Error).message.includes('10.1.2.3')
    })
    scene.failure.error = null
    await scene.authenticate(headers)
  })
})

test('longer than promised is not remembered', () => {
  const options = { keys: [], standing: async () => null, apiKeys: async () => null, clock: createManualClock() }
  assert.throws(() => createTokenAuthenticator({ ...options, cacheMs: 5_001 }), /between 0 and 5000, got 5001/)
})

describe('API keys at the edge', () => {
  const { key, keyHash } = createApiKey(systemRandom)
  const owner: ApiKeyOwner = { keyId: '7', userId: '42', role: 'customer', scopes: ['orders:write'] }

  test('both headers name the key; it has a limit of its own and only its scopes', async () => {
    const scene = setUp()
    scene.owners.set(keyHash, owner)
    const expected = {
      principal: { kind: 'user', id: '42', role: 'customer', scopes: ['orders:write'], sessionId: null },
      client: 'api-key:7',
    }
    assert.deepEqual(await scene.authenticate({ 'x-api-key': key }), expected)
    assert.deepEqual(await scene.authenticate({ authorization: `Bearer ${key}` }), expected)
    assert.deepEqual(scene.asked, [keyHash])
  })

  test('a revoked key ends within the time that is remembered, an unknown one asks once', async () => {
    const scene = setUp()
    scene.owners.set(keyHash, owner)
    await scene.authenticate({ 'x-api-key': key })
    scene.owners.delete(keyHash)
    await scene.clock.advance(3_000)
    await assert.rejects(scene.authenticate({ 'x-api-key': key }), isRefused)
    await assert.rejects(scene.authenticate({ 'x-api-key': key }), isRefused)
    assert.equal(scene.asked.length, 2)
  })

  test('what does not look like a key asks nobody', async () => {
    const scene = setUp()
    for (const bad of ['bk_short', `bk_${'!'.repeat(40)}`, '', 'a'.repeat(100_000)]) {
      await assert.rejects(scene.authenticate({ 'x-api-key': bad }), isRefused)
    }
    assert.deepEqual(scene.asked, [])
  })

  test('two credentials at once are refused: they may name two people', async () => {
    const scene = setUp()
    scene.owners.set(keyHash, owner)
    await assert.rejects(scene.authenticate({ ...(await bearer(scene)), 'x-api-key': key }), isRefused)
  })
})
