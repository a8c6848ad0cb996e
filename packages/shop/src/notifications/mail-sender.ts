import type { Clock } from 'banyan/core'
import { createFailureLog, type Logger } from 'banyan/observe'

export interface MailSenderOptions {
  /** One round: sends what is due, at most a batch. */
  readonly round: () => Promise<number>
  readonly clock: Clock
  readonly logger: Logger
  /** Pause between rounds, milliseconds. Default 500; with the size of a round it bounds what a backlog can cost. */
  readonly pollMs?: number
}

export interface MailSender {
  start(): void
  /** Resolves when the round that runs has ended. */
  stop(): Promise<void>
}

/** Rounds for as long as the service runs. A round that fails is followed by the next like any other. */
export function createMailSender({ round, clock, logger, pollMs = 500 }: MailSenderOptions): MailSender {
  const fails = 'mails could not be taken or settled; the next round tries again'
  const trouble = createFailureLog({ logger, fails, works: 'mails are taken and settled again' })
  let cancel: (() => void) | null = null
  let running: Promise<void> = Promise.resolve()
  let stopped = true

  return {
    start() {
      if (!stopped) return
      stopped = false
      schedule()
    },
    async stop() {
      stopped = true
      cancel?.()
      await running
    },
  }

  function schedule(): void {
    cancel = clock.schedule(pollMs, () => {
      running = runOnce()
    })
  }

  async function runOnce(): Promise<void> {
    try {
      await round()
      trouble.worked()
    } catch (error) {
      trouble.failed(error)
    }
    if (!stopped) schedule()
  }
}
