import { isUtf8 } from 'node:buffer'
import type { IncomingHttpHeaders } from 'node:http'
import { gatewayErrors } from './gateway-errors.ts'

/**
 * The JSON document in a body; an empty object when there is no body, so that a command without fields needs none.
 * What the document may hold is the contract's business, also the key `__proto__` and the depth.
 * @throws `api.UNSUPPORTED_MEDIA_TYPE`, `api.MALFORMED_JSON`.
 */
export function parseJsonBody(body: Buffer | undefined, headers: IncomingHttpHeaders): unknown {
  if (body === undefined || body.length === 0) return {}
  const type = headers['content-type']
  if (type !== 'application/json') requireJson(type)
  const text = decodeBody(body, headers)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw gatewayErrors.MALFORMED_JSON({ fault: 'it does not parse (RFC 8259)' }, { cause: error })
  }
}

/** The body as text. @throws `api.UNSUPPORTED_MEDIA_TYPE` when compressed, `api.MALFORMED_JSON` when it is not UTF-8. */
export function decodeBody(body: Buffer | undefined, headers: IncomingHttpHeaders): string {
  const coding = headers['content-encoding']
  if (coding !== undefined && coding !== 'identity') {
    throw gatewayErrors.UNSUPPORTED_MEDIA_TYPE({ received: `Content-Encoding ${coding.slice(0, 64)}` })
  }
  if (body === undefined) return ''
  if (!isUtf8(body)) throw gatewayErrors.MALFORMED_JSON({ fault: 'it is not UTF-8' })
  return body.toString('utf8')
}

function requireJson(type: string | undefined): void {
  if (type !== undefined && JSON_TYPE.test(type)) return
  throw gatewayErrors.UNSUPPORTED_MEDIA_TYPE({ received: type === undefined ? 'no type' : type.slice(0, 100) })
}

const JSON_TYPE = /^\s*application\/json\s*(;\s*charset\s*=\s*"?utf-?8"?\s*)?;?\s*$/i
