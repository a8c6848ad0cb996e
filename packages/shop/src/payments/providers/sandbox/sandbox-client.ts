import { BanyanError, type Clock, type ErrorJson } from 'banyan/core'
import { paymentErrors } from '../../errors.ts'
import type { ChargeAnswer, PaymentProvider, ProviderEntry, RefundAnswer } from '../provider.ts'
import { readSandboxNotice } from './notice.ts'
import { SANDBOX } from './sandbox.ts'

export interface SandboxClientOptions {
  /** `http://127.0.0.1:4010` */
  readonly url: string
  readonly webhookSecret: string | Buffer
  readonly clock: Clock
  /** Then the answer counts as lost. Default 4,000 ms: below a saga's patience with one attempt. */
  readonly timeoutMs?: number
}

/** The sandbox provider as a process of its own (`sandbox-server.ts`), reached over HTTP. */
export function createSandboxClient(options: SandboxClientOptions): PaymentProvider {
  const { clock, webhookSecret } = options
  return {
    name: SANDBOX,
    keyLifetimeMs: Infinity,
    charge: (request, signal) => send<ChargeAnswer>(options, { path: '/charges', body: request, signal }),
    refund: (request, signal) => send<RefundAnswer>(options, { path: '/refunds', body: request, signal }),
    find: (paymentId, signal) => send<ChargeAnswer | null>(options, { path: `/charges/${paymentId}`, signal }),
    readNotice: async (notice) => readSandboxNotice(notice, { secret: webhookSecret, nowMs: clock.now() }),
    listEntries: ({ cursor, limit }, signal) =>
      send<{ entries: ProviderEntry[]; nextCursor: string | null }>(options, {
        path: `/entries?limit=${limit}&cursor=${encodeURIComponent(cursor ?? '')}`,
        signal,
      }),
    async stop() {},
  }
}

interface Exchange {
  readonly path: string
  /** Sent as JSON by POST; absent: GET. */
  readonly body?: object
  readonly signal: AbortSignal
}

async function send<Answer>(
  { url, clock, timeoutMs = 4_000 }: SandboxClientOptions,
  { path, body, signal }: Exchange,
): Promise<Answer> {
  const limit = new AbortController()
  const cancel = clock.schedule(timeoutMs, () => limit.abort())
  try {
    const response = await fetch(new URL(path, url), {
      method: body ? 'POST' : 'GET',
      headers: { 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.any([signal, limit.signal]),
    })
    const answer: unknown = await response.json()
    if (!response.ok) throw new BanyanError(answer as ErrorJson)
    return answer as Answer
  } catch (error) {
    if (error instanceof BanyanError) throw error
    const reason = limit.signal.aborted ? `no answer within ${timeoutMs} ms` : 'the connection broke'
    throw paymentErrors.PROVIDER_UNAVAILABLE({ provider: SANDBOX, reason }, { cause: error })
  } finally {
    cancel()
  }
}
