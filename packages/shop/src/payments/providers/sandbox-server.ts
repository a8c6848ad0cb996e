import { parseArgs } from 'node:util'
import { createSeededRandom, systemClock } from 'banyan/core'
import { parseConnectionUrl, startEmbedded } from 'banyan/data'
import { openSandboxBooks } from './sandbox/open-books.ts'
import { createSandbox } from './sandbox/sandbox.ts'
import { createNoticeSender } from './sandbox/send-notices.ts'
import { serveSandbox } from './sandbox/serve-sandbox.ts'

/**
 * The sandbox provider as a process of its own, for campaigns that kill the shop but not the witness:
 *
 *   SANDBOX_DATABASE_URL=postgres://… SANDBOX_WEBHOOK_SECRET=… node packages/shop/src/payments/providers/sandbox-server.ts \
 *     --port 4010 [--webhook-url URL] [--copies 2] [--latest-ms 500] [--lost-percent 3] [--seed 1]
 *
 * `--data FOLDER` in place of `SANDBOX_DATABASE_URL`: its books are in a PostgreSQL server that it starts there.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4010' },
    data: { type: 'string' },
    'webhook-url': { type: 'string' },
    copies: { type: 'string', default: '1' },
    'latest-ms': { type: 'string', default: '0' },
    'lost-percent': { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
  },
})
// An entry point: nobody above it could hand settings in.
// oxlint-disable-next-line no-restricted-properties
const { SANDBOX_DATABASE_URL, SANDBOX_WEBHOOK_SECRET = '' } = process.env
const embedded = values.data ? await startEmbedded({ folder: values.data }) : null
const connection = embedded?.connection ?? (SANDBOX_DATABASE_URL ? parseConnectionUrl(SANDBOX_DATABASE_URL) : undefined)
if (!connection) throw new Error('Say --data, or set SANDBOX_DATABASE_URL to the postgres:// address of its books.')

const random = createSeededRandom(Number(values.seed))
const figures = { webhooksSent: 0, webhooksAccepted: 0, providerAnswersLost: 0 }
const ending = new AbortController()
const url = values['webhook-url']
const send = url
  ? createNoticeSender({
      url,
      secret: SANDBOX_WEBHOOK_SECRET,
      clock: systemClock,
      random,
      copies: Number(values.copies),
      latestMs: Number(values['latest-ms']),
      signal: ending.signal,
      onAccepted: () => figures.webhooksAccepted++,
    })
  : undefined
const database = await openSandboxBooks(connection)
const sandbox = createSandbox({
  open: async () => database,
  webhookSecret: SANDBOX_WEBHOOK_SECRET,
  clock: systemClock,
  notify(notice) {
    if (!send) return
    figures.webhooksSent += Number(values.copies)
    send(notice)
  },
})
const server = await serveSandbox(sandbox, { port: Number(values.port), losesAnswer, figures: () => figures })
process.stdout.write(`ready ${server.url}\n`)

function losesAnswer(): boolean {
  const isLost = random.unit() * 100 < Number(values['lost-percent'])
  if (isLost) figures.providerAnswersLost++
  return isLost
}

// Notices that still wait for their turn are given up.
const stop = async () => {
  ending.abort()
  await server.stop()
  await sandbox.stop()
  await embedded?.stop()
}
process.once('SIGTERM', () => void stop())
process.once('SIGINT', () => void stop())
