import { backoffMs, isError, type Clock, type Random } from 'banyan/core'
import type { Database } from 'banyan/data'
import type { Logger } from 'banyan/observe'
import type { Delivery } from './delivery/delivery.ts'
import { notificationErrors } from './errors.ts'
import { claimMails, endMails, type ClaimedMail, type MailEnd } from './mail-store.ts'
import { composeMessage, messageId, type Recipient } from './message.ts'

export interface MailRoundOptions {
  readonly database: Database
  readonly delivery: Delivery
  /** Who these users are now; a user who is missing has been deleted. */
  readonly contacts: (userIds: readonly string[]) => Promise<readonly Recipient[]>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Most mails of one round. Default 25. */
  readonly maxBatch?: number
  /** Attempts before a mail needs attention. Default 12: about an hour. */
  readonly maxAttempts?: number
  /** Upper bound of the pause after the first failure, doubled each time, milliseconds. Default 1,000. */
  readonly firstPauseMs?: number
  /** Upper bound of any such pause, milliseconds. Default 600,000. */
  readonly maxPauseMs?: number
  /** How long a round may take before others may take its mails, milliseconds. Default 600,000. */
  readonly leaseMs?: number
}

/** Takes the mails that are due, hands them on and notes how each ended; tells how many there were. */
export function createMailRound(options: MailRoundOptions): () => Promise<number> {
  const { database, clock, logger } = options
  const { maxBatch = 25, maxAttempts = 12, firstPauseMs = 1_000, maxPauseMs = 600_000, leaseMs = 600_000 } = options

  return async () => {
    const due = { now: isoTime(0), leaseUntil: isoTime(leaseMs), limit: maxBatch }
    const mails = await database.transaction((tx) => claimMails(tx, due))
    if (mails.length === 0) return 0
    const recipients = await readRecipients(mails)
    const ends = await Promise.all(mails.map((mail) => sendOne(mail, recipients)))
    await database.transaction((tx) => endMails(tx, ends, isoTime(0)))
    return mails.length
  }

  /** An error stands for all of the round: nobody's address is known then. */
  async function readRecipients(mails: readonly ClaimedMail[]): Promise<ReadonlyMap<string, Recipient> | Error> {
    try {
      const recipients = await options.contacts([...new Set(mails.map(({ userId }) => userId))])
      return new Map(recipients.map((recipient) => [recipient.userId, recipient]))
    } catch (error) {
      return error as Error
    }
  }

  async function sendOne(mail: ClaimedMail, recipients: ReadonlyMap<string, Recipient> | Error): Promise<MailEnd> {
    if (recipients instanceof Error) return failed(mail, recipients)
    const to = recipients.get(mail.userId)
    if (!to) return ended(mail, 'no-recipient')
    const envelope = { id: messageId(mail.userId, mail.eventId), to, date: mail.createdAt }
    try {
      await options.delivery.deliver(composeMessage(mail.type, mail.payload as never, envelope))
      return ended(mail, 'sent')
    } catch (error) {
      return failed(mail, error as Error)
    }
  }

  function failed(mail: ClaimedMail, error: Error): MailEnd {
    const failure = error.message
    if (isError(error, notificationErrors.MAIL_REFUSED) || mail.attempt >= maxAttempts) {
      logger.error({ error, eventId: mail.eventId, attempt: mail.attempt }, 'mail needs attention')
      return { mail, status: 'needs-attention', dueAt: isoTime(0), failure }
    }
    const pauseMs = backoffMs({ firstMs: firstPauseMs, capMs: maxPauseMs }, mail.attempt - 1, options.random)
    return { mail, status: 'waiting', dueAt: isoTime(pauseMs), failure }
  }

  function ended(mail: ClaimedMail, status: 'sent' | 'no-recipient'): MailEnd {
    return { mail, status, dueAt: isoTime(0), failure: null }
  }

  function isoTime(inMs: number): string {
    return new Date(clock.now() + inMs).toISOString()
  }
}
