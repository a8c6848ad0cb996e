import { invalidInput, type EncodedInput } from '../contract/index.ts'
import { coreErrors } from '../core/index.ts'

/** The input that an encoded one stands for, not validated yet. @throws `api.INVALID_INPUT` */
export function decodeInput({ fields, body }: EncodedInput): object {
  return body === null ? fields : { ...parseBody(body), ...fields }
}

function parseBody(body: Uint8Array): object {
  const value = parseJson(body)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw invalidInput([BODY_FAULT])
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(body))
  } catch (cause) {
    throw coreErrors.INVALID_INPUT({ faults: [BODY_FAULT] }, { cause })
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })
const BODY_FAULT = { pointer: '', message: 'The body must be a JSON object in UTF-8' }
