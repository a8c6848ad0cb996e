import type { IncomingHttpHeaders } from 'node:http'
import { gatewayErrors } from '../gateway-errors.ts'

/**
 * The bytes of a JSON body, unparsed; `null` when there is none, so that a command without fields needs none.
 * @throws `api.UNSUPPORTED_MEDIA_TYPE`
 */
export function requireJsonBody(body: Buffer | undefined, headers: IncomingHttpHeaders): Buffer | null {
  if (body === undefined || body.length === 0) return null
  const type = headers['content-type']
  if (type !== 'application/json') requireJson(type)
  requirePlain(headers)
  return body
}

/** @throws `api.UNSUPPORTED_MEDIA_TYPE` when the body is compressed. */
export function requirePlain({ 'content-encoding': coding }: IncomingHttpHeaders): void {
  if (coding === undefined || coding === 'identity') return
  throw gatewayErrors.UNSUPPORTED_MEDIA_TYPE({ received: `Content-Encoding ${coding.slice(0, 64)}` })
}

function requireJson(type: string | undefined): void {
  if (type !== undefined && JSON_TYPE.test(type)) return
  throw gatewayErrors.UNSUPPORTED_MEDIA_TYPE({ received: type === undefined ? 'no type' : type.slice(0, 100) })
}

const JSON_TYPE = /^\s*application\/json\s*(;\s*charset\s*=\s*"?utf-?8"?\s*)?;?\s*$/i
