import { join } from 'node:path'
import { command, query } from 'banyan/command'
import { createClient, reply, serviceCall } from 'banyan/contract'
import { defineService } from 'banyan/runtime'
import { users } from '../users/contract.ts'
import { auditMails } from './audit.ts'
import { notifications } from './contract.ts'
import type { Delivery } from './delivery/delivery.ts'
import { createFileOutbox } from './delivery/file-outbox.ts'
import { parseSender } from './delivery/internet-message.ts'
import { createSmtpDelivery } from './delivery/smtp.ts'
import { createMailRound } from './mail-round.ts'
import { createMailSender } from './mail-sender.ts'
import { noteMails } from './mail-store.ts'
import { MAIL_TYPES } from './message.ts'
import { retryMails } from './retry-mails.ts'

const DEFAULT_SENDER = 'Banyan shop <shop@example.com>'

/** Tells customers what became of their orders: one mail per event. */
export const notificationsService = defineService({
  contract: notifications,
  migrations: new URL('./migrations/', import.meta.url),
  create({ shards, wire, clock, random, logger, settings }) {
    const database = shards.root
    const contacts = createClient(users, wire, serviceCall('notifications'))
    const delivery = createDelivery(settings)
    const round = createMailRound({
      database,
      delivery,
      contacts: (userIds) => contacts.getContact({ userIds: [...userIds] }),
      clock,
      random,
      logger,
    })
    const sender = createMailSender({ round, clock, logger })
    return {
      handlers: {
        retryMails: command(retryMails),
        audit: query(async () => reply(await auditMails(database))),
      },
      consumers: [
        {
          name: 'notifications.mail',
          types: MAIL_TYPES,
          handle: (tx, events) => Promise.resolve(noteMails(tx, events, new Date(clock.now()).toISOString())),
        },
      ],
      start: () => Promise.resolve(sender.start()),
      async stop() {
        await sender.stop()
        await delivery[Symbol.asyncDispose]()
      },
    }
  },
})

/** Through `SMTP_URL` when there is one, else as files below the data folder. */
function createDelivery(settings: Readonly<Record<string, string | undefined>>): Delivery {
  const from = parseSender(settings.MAIL_FROM || DEFAULT_SENDER)
  if (settings.SMTP_URL) return createSmtpDelivery({ url: settings.SMTP_URL, from })
  const folder = settings.MAIL_OUTBOX || join(settings.BANYAN_DATA || '.banyan', 'mail')
  return createFileOutbox({ folder, from })
}
