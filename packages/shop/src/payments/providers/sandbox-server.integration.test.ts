import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { systemClock, systemRandom } from 'banyan/core'
import { createDatabaseIfMissing } from 'banyan/data'
import type { ServiceTools } from 'banyan/runtime'
import { startTestPostgres } from 'banyan/testing'
import { until } from '../testing/payments-fixture.ts'
import { chooseProviders } from './choose-providers.ts'
import { createSandboxClient } from './sandbox/sandbox-client.ts'
import { ask, chargeOf, movesOf } from './testing/provider-suite.ts'

const SECRET = 'campaign secret'
const SIGNAL = new AbortController().signal

test('the sandbox as a process of its own: it survives kill -9 with its books, and tells the webhook', async () => {
  await using postgres = await startTestPostgres({ fsync: false })
  await using shop = await startReceiver()
  const { host, port } = postgres.connection
  const databaseUrl = `postgres://postgres@localhost/postgres?host=${host}&port=${port}`
  const request = chargeOf('pm_visa')
  await using first = await startSandboxProcess(databaseUrl, shop.url)
  const open = (url: string) => createSandboxClient({ url, webhookSecret: SECRET, clock: systemClock })
  assert.equal((await open(first.url).charge(request, SIGNAL)).kind, 'captured')
  await first.kill()
  await assert.rejects(open(first.url).charge(request, SIGNAL))

  await using second = await startSandboxProcess(databaseUrl, shop.url)
  const client = open(second.url)
  assert.equal((await ask(() => client.charge(request, SIGNAL))).kind, 'captured')
  assert.deepEqual(await movesOf(client, request), [['capture', 1_999]])
  await until(async () => shop.received.length >= 2, 'two copies of the notice')
  const { paymentId, amountMinor } = request
  const notice = await client.readNotice(shop.received[0]!)
  assert.deepEqual(notice, { kind: 'captured', paymentId, amountMinor, providerRef: null })
})

test('the sandbox in this process tells the webhook as well, until it is stopped', async () => {
  await using postgres = await startTestPostgres({ fsync: false })
  await using shop = await startReceiver()
  const providers = chooseProviders({
    settings: { SANDBOX_WEBHOOK_URL: shop.url, SANDBOX_WEBHOOK_SECRET: SECRET },
    clock: systemClock,
    random: systemRandom,
    databaseOf: (name: string) => createDatabaseIfMissing(postgres.connection, name),
  } as unknown as ServiceTools)
  const { current } = providers
  const request = chargeOf('pm_declined')
  assert.equal((await current.charge(request, SIGNAL)).kind, 'declined')
  await until(async () => shop.received.length === 1, 'the notice')
  const { paymentId, amountMinor } = request
  const notice = await current.readNotice(shop.received[0]!)
  assert.deepEqual(notice, { kind: 'declined', paymentId, amountMinor, reason: 'card_declined' })
  await shop[Symbol.asyncDispose]()
  await current.charge(chargeOf('pm_visa'), SIGNAL)
  await providers.stop() // a retry that still waited for its turn would keep this process from ending
})

interface Received {
  readonly body: string
  readonly headers: Record<string, string>
}

async function startReceiver() {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push({ body: Buffer.concat(chunks).toString(), headers: request.headers as Record<string, string> })
      response.end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  const stop = async () => {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  return { url, received, [Symbol.asyncDispose]: stop }
}

async function startSandboxProcess(databaseUrl: string, webhookUrl: string) {
  const file = new URL('./sandbox-server.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [file, '--port', '0', '--webhook-url', webhookUrl, '--copies', '2'], {
    env: { ...process.env, SANDBOX_DATABASE_URL: databaseUrl, SANDBOX_WEBHOOK_SECRET: SECRET },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await exited
  }
  return { url: line.split(' ')[1]!, kill: () => end('SIGKILL'), [Symbol.asyncDispose]: () => end('SIGTERM') }
}
