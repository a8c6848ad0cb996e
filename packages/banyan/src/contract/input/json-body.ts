import { isUtf8 } from 'node:buffer'
import { coreErrors } from '../../core/index.ts'
import type { EncodedInput } from '../call.ts'
import { invalidInput } from './input-validator.ts'

type Fields = Readonly<Record<string, unknown>>

/**
 * The input that an encoded one stands for, not validated yet. Whoever reads it, gateway or service, refuses the same in the
 * same words.
 * @throws `api.MALFORMED_JSON`, and `api.INVALID_INPUT` for a body that is no object or repeats a field of the address.
 */
export function decodeInput({ fields, body }: EncodedInput): Fields {
  return body === null ? fields : mergeFields(parseObject(decodeUtf8(body)), fields)
}

/** @throws `api.MALFORMED_JSON` */
export function decodeUtf8(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw coreErrors.MALFORMED_JSON({ fault: 'it is not UTF-8' })
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}

/**
 * A field may be given once: which one counts would decide whose resource is written.
 * @throws `api.INVALID_INPUT`
 */
function mergeFields(body: Fields, address: Fields): Fields {
  for (const name in address) {
    if (Object.hasOwn(body, name)) throw invalidInput([{ pointer: `/${name}`, message: 'is in the path already' }])
  }
  return { ...body, ...address }
}

/**
 * What the document may hold is the contract's business, also the key `__proto__` and the depth.
 * @throws `api.MALFORMED_JSON`, `api.INVALID_INPUT`
 */
function parseObject(text: string): Fields {
  const value = parseJson(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw invalidInput([{ pointer: '', message: 'must be an object' }])
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw coreErrors.MALFORMED_JSON({ fault: 'it does not parse (RFC 8259)' }, { cause: error })
  }
}
