import { coreErrors } from '../../core/index.ts'
import { meshErrors } from '../mesh-errors.ts'
import type { Answer, HttpExchange } from './exchange.ts'
import { READY_PATH } from './http-protocol.ts'

/** Asks a process whether it takes calls. Works for anything that answers `GET /health/ready`. */
export function createProbe(exchange: HttpExchange, address: string): (signal: AbortSignal) => Promise<Answer> {
  return async (signal) => {
    const under = exchange({ service: null, method: 'GET', path: READY_PATH, headers: [], body: '', mayRepeat: true })
    const cancel = () => under.abort(coreErrors.CANCELLED({}, { cause: signal.reason }))
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    try {
      const answer = await under.answer
      if (answer.status === 200) return answer
      throw meshErrors.UNREACHABLE({ address, fault: `it answered its probe with ${answer.status}` })
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }
}
