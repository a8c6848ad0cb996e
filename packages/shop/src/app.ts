import { createVersions, dollarsInVersion1 } from 'banyan/contract'
import { databaseSetting, defineApp, textSetting, urlSetting } from 'banyan/runtime'
import { auditShop } from './audit/audit.ts'
import { attemptLimits, createAuthenticator } from './edge.ts'
import { firstStart } from './first-start.ts'
import { furtherData } from './further-data.ts'
import { notificationsService } from './notifications/service.ts'
import { ordersService } from './orders/service.ts'
import { paymentsService } from './payments/service.ts'
import { productsService } from './products/service.ts'
import { microservices } from './topologies/microservices.ts'
import { monolith } from './topologies/monolith.ts'
import manifest from '../package.json' with { type: 'json' }
import protoLock from '../proto/proto-lock.json' with { type: 'json' }
import { tryThis } from './try-this.ts'
import { usersService } from './users/service.ts'

/** The shop: a complete commerce backend on Banyan. */
export const shop = defineApp({
  name: 'shop',
  version: manifest.version,
  services: [usersService, productsService, ordersService, paymentsService, notificationsService],
  versions: createVersions({ current: 2, default: 1, transforms: [dollarsInVersion1] }),
  topologies: [monolith, microservices],
  protoLock,
  settings: {
    ADMIN_EMAIL: textSetting({ description: 'E-mail address of the first admin', default: 'admin@example.com' }),
    ADMIN_PASSWORD: textSetting({
      description: 'Password of the first admin; none: generated, shown once',
      secret: true,
    }),
    STRIPE_SECRET_KEY: textSetting({ description: 'Charge through Stripe; none: the built-in sandbox', secret: true }),
    STRIPE_WEBHOOK_SECRET: textSetting({ description: 'Signs Stripe’s webhooks', secret: true }),
    SANDBOX_URL: urlSetting(
      { description: 'The sandbox provider as a process of its own (sandbox-server.ts); none: in this process' },
      ['http'],
    ),
    SANDBOX_DATABASE_URL: databaseSetting(
      'Where the sandbox keeps its books; none: a database `banyan_sandbox` beside the payments',
    ),
    SANDBOX_WEBHOOK_SECRET: textSetting({
      description: 'Signs the sandbox’s webhooks; none: derived from BANYAN_SECRET',
      secret: true,
    }),
    SANDBOX_WEBHOOK_URL: urlSetting(
      {
        description:
          'Where the sandbox in this process posts its webhooks (…/api/v2/webhooks/payments/sandbox); none: nowhere',
      },
      ['http', 'https'],
    ),
    SMTP_URL: urlSetting({ description: 'Where mail is sent; none: files in the data folder', secret: true }, [
      'smtp',
      'smtps',
    ]),
    MAIL_FROM: textSetting({ description: 'Who mails come from', default: 'Banyan shop <shop@example.com>' }),
    MAIL_OUTBOX: textSetting({ description: 'Where mails become files without SMTP_URL; none: in the data folder' }),
  },
  authenticator: createAuthenticator,
  attemptLimits,
  firstStart,
  tryThis,
  audit: auditShop,
  // Loaded by campaigns only.
  workload: async () => (await import('./chaos/workload.ts')).shopWorkload,
  furtherData,
})
