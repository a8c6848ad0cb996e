import { parseConnectionUrl } from 'banyan/data'
import type { ServiceTools } from 'banyan/runtime'
import { limitProvider } from './limit-provider.ts'
import type { PaymentProvider } from './provider.ts'
import { createProviders, type Providers } from './providers.ts'
import { openSandboxBooks, SANDBOX_DATABASE } from './sandbox/open-books.ts'
import { createSandbox, type SandboxOptions } from './sandbox/sandbox.ts'
import { createSandboxClient } from './sandbox/sandbox-client.ts'
import { createNoticeSender } from './sandbox/send-notices.ts'
import { createStripeProvider } from './stripe/stripe-provider.ts'

/**
 * Stripe when `STRIPE_SECRET_KEY` is set, else the sandbox. The sandbox stays known beside Stripe, so that payments
 * made with it can still be refunded; its books are opened when they are first needed.
 */
export function chooseProviders(tools: ServiceTools): Providers {
  const { settings, clock } = tools
  const sandbox = chooseSandbox(tools)
  if (!settings.STRIPE_SECRET_KEY) return createProviders([sandbox])
  const stripe = createStripeProvider({
    secretKey: settings.STRIPE_SECRET_KEY,
    webhookSecret: settings.STRIPE_WEBHOOK_SECRET || null,
    clock,
  })
  return createProviders([limitProvider(stripe), sandbox])
}

/**
 * `SANDBOX_URL`: a process of its own (`sandbox-server.ts`). Else in this process, with its books in the database
 * that `SANDBOX_DATABASE_URL` names, or in one of its own beside the service's; its webhooks go to `SANDBOX_WEBHOOK_URL`.
 */
function chooseSandbox(tools: ServiceTools): PaymentProvider {
  const { SANDBOX_URL: url, SANDBOX_DATABASE_URL: databaseUrl, SANDBOX_WEBHOOK_SECRET } = tools.settings
  const { clock } = tools
  const webhookSecret = SANDBOX_WEBHOOK_SECRET || tools.secret('sandbox webhooks')
  if (url) return limitProvider(createSandboxClient({ url, webhookSecret, clock }))
  const open = async () =>
    openSandboxBooks(databaseUrl ? parseConnectionUrl(databaseUrl) : await tools.databaseOf(SANDBOX_DATABASE))
  return createNotifyingSandbox(tools, { open, webhookSecret, clock })
}

/** Tells the webhook of what it did, when there is one, until it is stopped. */
function createNotifyingSandbox({ settings, random }: ServiceTools, options: SandboxOptions): PaymentProvider {
  const url = settings.SANDBOX_WEBHOOK_URL
  if (!url) return createSandbox(options)
  const { clock, webhookSecret: secret } = options
  const ending = new AbortController()
  const notify = createNoticeSender({ url, secret, clock, random, signal: ending.signal })
  const sandbox = createSandbox({ ...options, notify })
  const stop = () => {
    ending.abort()
    return sandbox.stop()
  }
  return { ...sandbox, stop }
}
