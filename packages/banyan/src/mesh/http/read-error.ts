import { errorFromJson } from '../../contract/index.ts'
import type { BanyanError } from '../../core/index.ts'

/** The error that another process answered; `api.INTERNAL` for what is none of ours. */
export function readError(body: Buffer, more: { readonly replayed?: boolean } = {}): BanyanError {
  return errorFromJson(parse(body), more)
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return body.toString().slice(0, 200) // becomes the cause
  }
}
