import { parseArgs } from 'node:util'
import { systemClock, systemRandom } from 'banyan/core'
import { parseConnectionUrl } from 'banyan/data'
import { openSandboxBooks } from './sandbox/open-books.ts'
import { createSandbox } from './sandbox/sandbox.ts'
import { createNoticeSender } from './sandbox/send-notices.ts'
import { serveSandbox } from './sandbox/serve-sandbox.ts'

/**
 * The sandbox provider as a process of its own, for campaigns that kill the shop but not the witness:
 *
 *   SANDBOX_DATABASE_URL=postgres://… SANDBOX_WEBHOOK_SECRET=… \
 *     node packages/shop/src/payments/providers/sandbox-server.ts --port 4010 [--webhook-url URL] [--copies 2]
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4010' },
    'webhook-url': { type: 'string' },
    copies: { type: 'string', default: '1' },
  },
})
// An entry point: nobody above it could hand settings in.
// oxlint-disable-next-line no-restricted-properties
const { SANDBOX_DATABASE_URL, SANDBOX_WEBHOOK_SECRET = '' } = process.env
if (!SANDBOX_DATABASE_URL) throw new Error('Set SANDBOX_DATABASE_URL to the postgres:// address that holds its books.')

const url = values['webhook-url']
const notify = url
  ? createNoticeSender({
      url,
      secret: SANDBOX_WEBHOOK_SECRET,
      clock: systemClock,
      random: systemRandom,
      copies: Number(values.copies),
    })
  : undefined
const database = await openSandboxBooks(parseConnectionUrl(SANDBOX_DATABASE_URL))
const sandbox = createSandbox({
  open: async () => database,
  webhookSecret: SANDBOX_WEBHOOK_SECRET,
  clock: systemClock,
  ...(notify ? { notify } : {}),
})
const server = await serveSandbox(sandbox, Number(values.port))
process.stdout.write(`ready ${server.url}\n`)

const stop = () => void server.stop().then(() => sandbox.stop())
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
