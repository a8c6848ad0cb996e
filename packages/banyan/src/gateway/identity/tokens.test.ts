import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { SignJWT, type JWTPayload } from 'jose'
import { coreErrors, isError, systemRandom } from '../../core/index.ts'
import { createManualClock } from '../gateway.fixture.ts'
import { generateTokenKeys, parseTokenKeys } from './token-keys.ts'
import { createTokens } from './tokens.ts'

const clock = createManualClock()
const [key, otherKey] = parseTokenKeys(`k1:${'a'.repeat(40)},k2:${'b'.repeat(40)}`)
const tokens = createTokens({ keys: [key!], clock })
const nowSeconds = Math.floor(clock.now() / 1_000)
const claims = { userId: '42', sessionId: 's1' }

interface Forged {
  readonly header?: object
  readonly payload?: JWTPayload
  readonly secret?: Parameters<SignJWT['sign']>[0]
}

function forge({ header = {}, payload = {}, secret = key!.secret }: Forged): Promise<string> {
  const all = { sub: '42', sid: 's1', iss: 'banyan', aud: 'banyan-api', exp: nowSeconds + 60, ...payload }
  return new SignJWT(all).setProtectedHeader({ alg: 'HS256', kid: 'k1', typ: 'at+jwt', ...header }).sign(secret)
}

function assertRefused(token: string): Promise<void> {
  return assert.rejects(tokens.verifyAccessToken(token), (error) => isError(error, coreErrors.UNAUTHENTICATED))
}

describe('access tokens', () => {
  test('what is issued is verified', async () => {
    const { accessToken, expiresAt } = await tokens.issueAccessToken(claims)
    assert.deepEqual(await tokens.verifyAccessToken(accessToken), { ...claims, expiresAtMs: Date.parse(expiresAt) })
    assert.equal(Date.parse(expiresAt), (nowSeconds + 900) * 1_000)
    await tokens.verifyAccessToken(await forge({}))
  })

  test('the first key signs and all verify, so that a ring can be rotated', async () => {
    const rotated = createTokens({ keys: [otherKey!, key!], clock })
    await rotated.verifyAccessToken((await tokens.issueAccessToken(claims)).accessToken)
    await assertRefused((await rotated.issueAccessToken(claims)).accessToken)
  })

  test('a token ends with its time', async () => {
    const moving = createManualClock()
    const short = createTokens({ keys: [key!], clock: moving, lifetimeSeconds: 10 })
    const { accessToken } = await short.issueAccessToken(claims)
    await moving.advance(9_000)
    await short.verifyAccessToken(accessToken)
    await moving.advance(1_000)
    await assert.rejects(short.verifyAccessToken(accessToken), (error) => isError(error, coreErrors.UNAUTHENTICATED))
  })

  test('clocks that are apart move its end by that much, and nothing else: one from the future is taken', async () => {
    const { accessToken } = await tokens.issueAccessToken(claims)
    for (const aheadMs of [-600_000, 600_000]) {
      const moving = createManualClock()
      await moving.advance(aheadMs)
      const apart = createTokens({ keys: [key!], clock: moving })
      await apart.verifyAccessToken(accessToken)
      await moving.advance(900_000 - aheadMs - 1_000)
      await apart.verifyAccessToken(accessToken)
      await moving.advance(1_000)
      await assert.rejects(apart.verifyAccessToken(accessToken), (error) => isError(error, coreErrors.UNAUTHENTICATED))
    }
  })

  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const forgeries: Readonly<Record<string, Forged>> = {
    'another secret': { secret: otherKey!.secret },
    'an unknown kid': { header: { kid: 'k9' } },
    'a kid that is a path': { header: { kid: '../../dev/null' } },
    'no kid': { header: { kid: undefined } },
    'another algorithm of the same family': { header: { alg: 'HS512' } },
    'an asymmetric algorithm': { header: { alg: 'RS256' }, secret: privateKey },
    'a public key as the secret': { secret: Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })) },
    'another type of token': { header: { typ: 'JWT' } },
    'no type': { header: { typ: undefined } },
    'another issuer': { payload: { iss: 'someone' } },
    'another audience': { payload: { aud: 'other-api' } },
    'no audience': { payload: { aud: undefined } },
    'no subject': { payload: { sub: undefined } },
    'no session': { payload: { sid: undefined } },
    'a session that is no text': { payload: { sid: 7 } },
    'no end': { payload: { exp: undefined } },
    'an end in the past': { payload: { exp: nowSeconds - 1 } },
    'a beginning in the future': { payload: { nbf: nowSeconds + 60 } },
    'a key of its own in the header': {
      header: { jwk: { kty: 'oct', k: 'YWFh' }, jku: 'http://127.0.0.1/keys', kid: 'k9' },
    },
    'an unknown critical header': { header: { crit: ['b64'], b64: false } },
  }
  for (const [name, forged] of Object.entries(forgeries)) {
    test(`refused: ${name}`, async () => {
      const token = await forge(forged).catch(() => null)
      if (token !== null) await assertRefused(token)
    })
  }

  test('refused: alg none, with and without a signature', async () => {
    const [, payload] = (await forge({})).split('.')
    for (const alg of ['none', 'None', 'NONE']) {
      const header = Buffer.from(JSON.stringify({ alg, kid: 'k1', typ: 'at+jwt' })).toString('base64url')
      await assertRefused(`${header}.${payload}.`)
      await assertRefused(`${header}.${payload}.AAAA`)
    }
  })

  test('refused: a changed payload, a cut signature, rubbish, 1 MB', async () => {
    const [header, payload, signature] = (await forge({})).split('.')
    const changed = Buffer.from(JSON.stringify({ sub: '1', sid: 's1' })).toString('base64url')
    for (const token of [
      `${header}.${changed}.${signature}`,
      `${header}.${payload}.${signature!.slice(0, -1)}`,
      `${header}.${payload}`,
      'a.b.c',
      '',
      'a'.repeat(1_048_576),
    ]) {
      await assertRefused(token)
    }
  })

  test('a valid token over 4 KiB is refused before anything is verified', async () => {
    await assertRefused(await forge({ payload: { pad: 'x'.repeat(4_096) } }))
  })

  test('no keys: an error at construction', () => {
    assert.throws(() => createTokens({ keys: [], clock }), /keys is empty/)
    assert.ok(parseTokenKeys(generateTokenKeys(systemRandom)))
  })
})
