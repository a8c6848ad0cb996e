import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Witness, WitnessPlace } from 'banyan/runtime'

/**
 * The payment provider as a process of its own, over HTTP, with books in a database server of its own: nothing that is done to
 * the shop is done to it. It tells the webhook of each charge twice, each copy up to 500 ms late and so in no order; of a hundred
 * answers three get lost after it has written its books.
 */
export async function startWitness({ inherited, ...place }: WitnessPlace): Promise<Witness> {
  const secret = `webhooks of campaign ${place.seed}`
  const child = spawn(process.execPath, [SERVER, ...argumentsOf(place)], {
    env: { ...inherited, SANDBOX_WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const url = await Promise.race([readUrl(child.stdout), exited.then(endedEarly)])
  return {
    environment: { SANDBOX_URL: url, SANDBOX_WEBHOOK_SECRET: secret },
    figures: async () => (await (await fetch(`${url}/figures`)).json()) as Record<string, number>,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await exited
    },
  }
}

const SERVER = new URL('../payments/providers/sandbox-server.ts', import.meta.url).pathname

function argumentsOf({ folder, appUrl, seed }: Omit<WitnessPlace, 'inherited'>): string[] {
  const webhooks = [
    '--webhook-url',
    `${appUrl}/api/v2/webhooks/payments/sandbox`,
    '--copies',
    '2',
    '--latest-ms',
    '500',
  ]
  return ['--port', '0', '--data', folder, ...webhooks, '--lost-percent', '3', '--seed', String(seed)]
}

async function readUrl(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stdout })) {
    const url = /^ready (\S+)/.exec(line)?.[1]
    if (url) return url
  }
  return endedEarly()
}

function endedEarly(): never {
  throw new Error('the payment provider ended before it was ready')
}
