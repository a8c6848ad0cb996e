import { backoffMs, type Clock, type Random } from 'banyan/core'
import type { Notice } from '../provider.ts'
import { signSandboxNotice } from './notice.ts'

export interface NoticeSenderOptions {
  /** `http://…/api/v2/webhooks/payments/sandbox` */
  readonly url: string
  readonly secret: string | Buffer
  readonly clock: Clock
  readonly random: Random
  /** How often each notice is sent although it was accepted. Default 1; more shows that doubles do no harm. */
  readonly copies?: number
  /** Each copy sets out up to so much later, drawn: they come late, and in another order. Default 0. */
  readonly latestMs?: number
  /** Told of each copy that was answered 200. Default: nobody. */
  readonly onAccepted?: () => void
  /** Tries for each copy. Default 8. */
  readonly maxAttempts?: number
  /** Most notices on their way; beyond it the newest are dropped, as a provider that is down would. Default 10,000. */
  readonly maxPending?: number
  /** Aborts when the sender's process ends: what was not accepted by then is given up. Default never. */
  readonly signal?: AbortSignal
}

/** Sends the sandbox's notices as a provider does: signed anew for each try, again until a 200, in no order. */
export function createNoticeSender(options: NoticeSenderOptions): (notice: Notice) => void {
  const { copies = 1, maxPending = 10_000 } = options
  let pending = 0
  return (notice) => {
    for (let copy = 0; copy < copies && pending < maxPending; copy++) {
      pending++
      void deliver(options, notice).finally(() => pending--)
    }
  }
}

async function deliver(options: NoticeSenderOptions, notice: Notice): Promise<void> {
  const { clock, random, latestMs = 0, maxAttempts = 8, signal } = options
  if (latestMs > 0) await clock.sleep(random.unit() * latestMs, signal).catch(() => null) // it ended: the loop sees that
  for (let attempt = 0; attempt < maxAttempts && !signal?.aborted; attempt++) {
    if (await post(options, notice)) return options.onAccepted?.()
    const pauseMs = backoffMs({ firstMs: 100, capMs: 10_000 }, attempt, random)
    await clock.sleep(pauseMs, signal).catch(() => null) // it ended: the loop sees that, too
  }
}

async function post({ url, secret, clock, signal }: NoticeSenderOptions, notice: Notice): Promise<boolean> {
  const { body, headers } = signSandboxNotice(notice, { secret, nowMs: clock.now() })
  const request = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body }
  const sent = fetch(url, { ...request, ...(signal ? { signal } : {}) })
  return sent.then(
    (response) => response.body?.cancel().then(() => response.status === 200) ?? response.status === 200,
    () => false, // nobody there: tried again like any other answer that is not a 200
  )
}
