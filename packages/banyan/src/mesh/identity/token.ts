import { createHmac, timingSafeEqual } from 'node:crypto'
import { Type } from '../../core/index.ts'
import { Compile } from 'typebox/schema'
import { meshErrors } from '../mesh-errors.ts'
import type { CallerIdentity } from './credentials.ts'

const Claims = Type.Object(
  {
    names: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 100 }),
    audience: Type.String({ minLength: 1, maxLength: 64 }),
    expiresAtMs: Type.Number(),
    onBehalf: Type.Boolean(),
  },
  { additionalProperties: false },
)

/** What a token says: `v1.<claims as JSON, base64url>.<HMAC-SHA-256 of what stands before, base64url>`. */
export interface TokenClaims extends CallerIdentity {
  readonly audience: string
}

const claimsCheck = Compile(Claims)
const VERSION = 'v1'
const MAX_TOKEN_CHARACTERS = 8_192
const SEPARATOR = '.'

export function signToken({ names, audience, expiresAtMs, onBehalf }: TokenClaims, secret: Uint8Array): string {
  const claims = Buffer.from(JSON.stringify({ names, audience, expiresAtMs, onBehalf })).toString('base64url')
  const signed = `${VERSION}${SEPARATOR}${claims}`
  return `${signed}${SEPARATOR}${mac(signed, secret).toString('base64url')}`
}

/** The claims of a genuine token; whether it is still good is not asked here. @throws `mesh.UNTRUSTED_CALLER` */
export function openToken(token: string, secret: Uint8Array): TokenClaims {
  const [version, claims, signature, ...more] = token.length > MAX_TOKEN_CHARACTERS ? [] : token.split(SEPARATOR)
  if (version !== VERSION || claims === undefined || signature === undefined || more.length > 0) throw forged()
  const expected = mac(`${version}${SEPARATOR}${claims}`, secret)
  const received = Buffer.from(signature, 'base64url')
  if (received.length !== expected.length || !timingSafeEqual(received, expected)) throw forged()
  const parsed: unknown = JSON.parse(Buffer.from(claims, 'base64url').toString())
  if (!claimsCheck.Check(parsed)) throw forged()
  return parsed
}

/** The purpose is signed too, so that no MAC made under the same secret for something else is a token. */
function mac(text: string, secret: Uint8Array): Buffer {
  return createHmac('sha256', secret).update('banyan mesh token ').update(text).digest()
}

function forged(): Error {
  return meshErrors.UNTRUSTED_CALLER({ fault: 'it shows no token of ours' })
}
