import { coreErrors, isError } from '../../core/index.ts'
import { meshErrors } from '../mesh-errors.ts'
import type { Answer, HttpExchange, HttpRequest } from './exchange.ts'
import { READY_PATH } from './http-protocol.ts'
import { readError } from './read-error.ts'

export interface ProbeOptions {
  readonly exchange: HttpExchange
  readonly address: string
  readonly headers: HttpRequest['headers']
}

/** Asks a process whether it takes calls. Works for anything that answers `GET /health/ready`. */
export function createProbe({ exchange, address, headers }: ProbeOptions): (signal: AbortSignal) => Promise<Answer> {
  return async (signal) => {
    const under = exchange({ service: null, method: 'GET', path: READY_PATH, headers, body: '', mayRepeat: true })
    const cancel = () => under.abort(coreErrors.CANCELLED({}, { cause: signal.reason }))
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    try {
      const answer = await under.answer
      if (answer.status === 200) return answer
      throw meshErrors.UNREACHABLE({ address, fault: faultOf(answer) })
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
}

function faultOf({ status, body }: Answer): string {
  const error = readError(body)
  return isError(error, meshErrors.INCOMPATIBLE_RELEASE) ? error.message : `it answered its probe with ${status}`
}
