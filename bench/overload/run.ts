/**
 * Goodput of a service that is asked for five times what it can do: `node bench/overload/run.ts [rounds] [secondsOfOverload]
 * [shedding|no-shedding]`. A gateway and a service in a process each; a call costs the service 8 ms of processor time. First the peak is looked for, then five times as much is offered,
 * then less than the peak again. An answer counts when it is a 200 and comes within a second. The same without shedding, for comparison.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { offer, type Second } from './offer.ts'
import { readProcessor, since, type ProcessorTime } from './processor.ts'

const [rounds = 3, overloadSeconds = 8] = process.argv.slice(2, 4).map(Number)
const modes = process.argv[4] ? [process.argv[4]] : ['shedding', 'no-shedding']
const PATIENCE_MS = 1_000
const PROBE_SECONDS = 3
const PROBED_SHARES = [0.6, 0.8, 0.9, 1, 1.1, 1.25]
const OVERLOAD = 5
/** Of an idle core, roughly. */
const CAPACITY = 120
const AFTERWARDS = { share: 0.7, seconds: 6 }
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))

console.log(`load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}, ${cpus().length} × ${cpus()[0]!.model}\n`)
console.log(
  '| | peak/s | offered/s | goodput/s | of the peak | worst second | p50 ms | p99 ms | back after | service ran, waited for a core | its ms an answer: before, overload |',
)
console.log('|---|---|---|---|---|---|---|---|---|---|---|')
for (let round = 0; round < rounds; round++) {
  for (const mode of modes) await measure(mode)
}

async function measure(mode: string): Promise<void> {
  const service = await start('serve-service.ts', mode)
  const gateway = await start('../wires/serve-gateway.ts', 'stream', service.line)
  const url = `${gateway.line.split(' ', 1)[0]}/api/v2/products/1001` // a token follows
  try {
    await offer({ url, perSecond: 40, seconds: 1, patienceMs: PATIENCE_MS }) // warms up
    const begun = readProcessor(service.child)
    const { peak, answers } = await findPeak(url)
    const found = readProcessor(service.child)
    const overload = { url, perSecond: peak * OVERLOAD, seconds: overloadSeconds, patienceMs: PATIENCE_MS }
    const during = await timed(() => offer(overload))
    const processor = since(found, readProcessor(service.child))
    const perSecond = Math.round(peak * AFTERWARDS.share)
    const after = await offer({ url, perSecond, seconds: AFTERWARDS.seconds, patienceMs: PATIENCE_MS })
    report(mode, { peak, msBefore: since(begun, found).ran / answers, during, processor, after, perSecond })
  } finally {
    for (const { child } of [gateway, service]) child.kill()
  }
}

/**
 * The most that is answered in time, over rates around what the processor allows: answers by the time from the first request to the
 * last answer. By the second in which they were sent, two seconds of a quarter too much were all "answered", with half a second of
 * them still in line at the end.
 */
async function findPeak(url: string): Promise<{ readonly peak: number; readonly answers: number }> {
  let [peak, answers] = [0, 0]
  for (const share of PROBED_SHARES) {
    const perSecond = Math.round(CAPACITY * share)
    const probe = await timed(() => offer({ url, perSecond, seconds: PROBE_SECONDS, patienceMs: PATIENCE_MS }))
    const good = goodOf(probe.result)
    peak = Math.max(peak, Math.round(good / probe.seconds))
    answers += good
  }
  return { peak, answers }
}

async function timed<Result>(run: () => Promise<Result>): Promise<{ result: Result; seconds: number }> {
  const startMs = performance.now()
  const result = await run()
  return { result, seconds: (performance.now() - startMs) / 1_000 }
}

function goodOf(seconds: readonly Second[]): number {
  return seconds.reduce((total, { good }) => total + good, 0)
}

interface Measured {
  readonly peak: number
  /** Processor time of the service for an answer while the peak was looked for. */
  readonly msBefore: number
  readonly during: { readonly result: readonly Second[]; readonly seconds: number }
  /** Of the service, in the overload. */
  readonly processor: ProcessorTime
  readonly after: readonly Second[]
  /** Offered afterwards. */
  readonly perSecond: number
}

function report(mode: string, { peak, msBefore, during, processor, after, perSecond }: Measured): void {
  const goods = during.result.map(({ good }) => good)
  const sum = goodOf(during.result)
  const mean = Math.round(sum / during.seconds)
  const times = during.result.flatMap((second) => second.times).toSorted((a, b) => a - b)
  const at = (part: number) => (times[Math.floor(times.length * part)] ?? 0).toFixed(0)
  const back = after.findIndex(({ good }) => good >= 0.95 * perSecond)
  const shares = [(mean / peak).toFixed(2), (Math.min(...goods) / peak).toFixed(2)]
  const backAfter = back < 0 ? `not within ${after.length} s` : `${back} s`
  const percent = (ms: number) => `${Math.round(ms / (10 * during.seconds))} %`
  const processors = [
    `${percent(processor.ran)}, ${percent(processor.waited)}`,
    `${msBefore.toFixed(1)}, ${(processor.ran / sum).toFixed(1)}`,
  ]
  const cells = [mode, peak, peak * OVERLOAD, mean, ...shares, at(0.5), at(0.99), backAfter, ...processors]
  console.log(`| ${cells.join(' | ')} |`)
}

async function start(path: string, ...args: readonly string[]): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn(process.execPath, [file(path), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  process.once('exit', () => child.kill()) // also when this process fails
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  return { child, line: line.toString().trim() }
}
