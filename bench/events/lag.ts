// Event lag, from the producer's commit to the consumer's, between processes over the stream wire: by the
// feed, and by NATS JetStream. Run: node bench/events/lag.ts [orders/s] [seconds]
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase } from 'banyan/data'
import { startTestNats, startTestPostgres } from 'banyan/testing'

const [ratePerSecond = 500, seconds = 10] = process.argv.slice(2).map(Number)
const area = (name: string) => ({
  area: name,
  folder: new URL(`../../packages/banyan/src/${name}/migrations/`, import.meta.url),
})

await using postgres = await startTestPostgres()
await using nats = await startTestNats()
const folder = await mkdtemp(join(tmpdir(), 'banyan-lag-'))
for (const [name, url] of [
  ['feed', ''],
  ['NATS', nats.url],
] as const) {
  await measure(name, url)
}
await rm(folder, { recursive: true })

async function measure(name: string, natsUrl: string): Promise<void> {
  const orders = await postgres.schema(`orders_${name.toLowerCase()}`, [area('log'), area('events')])
  const mails = await postgres.schema(`mails_${name.toLowerCase()}`, [area('events')])
  await using database = createDatabase(mails)
  await database.query('CREATE TABLE applied (aggregate_id text, version int)')
  const address = `unix://${join(folder, `${name}.sock`)}`
  const producer = await start('lag-producer.ts', [JSON.stringify(orders), address, natsUrl])
  const consumer = await start('lag-consumer.ts', [JSON.stringify(mails), address, natsUrl])
  await ask(producer, { ratePerSecond, seconds: 2 })
  consumer.send('reset')
  const before = cpuOf(consumer)
  const committed = (await ask(producer, { ratePerSecond, seconds })) as [string, number][]
  const count = ratePerSecond * (seconds + 2) * 2
  const endMs = performance.now() + 10_000
  while ((await applied()) < count && performance.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 20))
  const report = (await ask(consumer, 'report')) as { applied: [string, number][]; batches: number }
  const appliedAt = new Map(report.applied)
  const lags = committed.map(([event, atMs]) => appliedAt.get(event)! - atMs).sort((a, b) => a - b)
  const at = (part: number) => lags[Math.floor((lags.length - 1) * part)]!.toFixed(1)
  const percent = ((cpuOf(consumer) - before) / seconds / 10).toFixed(0)
  console.log(
    `${name}: ${ratePerSecond} orders/s, ${lags.length} events, lag p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms; ` +
      `${Math.round(report.batches / seconds)} batches/s, consumer ${percent} % of a core; applied ${await applied()} of ${count}`,
  )
  for (const child of [consumer, producer]) {
    child.kill()
    await once(child, 'exit')
  }

  async function applied(): Promise<number> {
    const [row] = await database.query<{ count: number }>('SELECT count(*)::int AS count FROM applied')
    return row!.count
  }
}

async function start(file: string, options: readonly string[]): Promise<ChildProcess> {
  const child = fork(new URL(`./${file}`, import.meta.url), options)
  await once(child, 'message')
  return child
}

async function ask(child: ChildProcess, question: string | object): Promise<unknown> {
  child.send(question)
  return (await once(child, 'message'))[0]
}

/** Processor time of a process so far, milliseconds. */
function cpuOf({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
