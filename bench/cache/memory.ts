/**
 * Random keys for so long: what a gateway keeps stays within its bytes, and the process levels off.
 * `node bench/cache/memory.ts [seconds] [MiB]`. Ends with 1 when it does not.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { createSeededRandom } from 'banyan/core'

const [seconds = 600, maxMiB = 64] = process.argv.slice(2).map(Number)
const MIB = 1_048_576
const SOCKETS = 32
/** How much more the process may hold in the second half than in the first: what is dropped must not stay. */
const MAX_RSS_GROWTH = 1.1

interface Memory {
  readonly rss: number
  readonly heapUsed: number
  readonly arrayBuffers: number
  readonly keptBytes: number
  readonly entries: number
}

const random = createSeededRandom(4)
const child = spawn(process.execPath, [join(import.meta.dirname, 'serve-memory.ts'), String(maxMiB * MIB)], {
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
})
const [line] = (await once(child.stdout!, 'data')) as [Buffer]
const url = line.toString().trim()
const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS })
const samples: (Memory & { readonly atSeconds: number })[] = []
let answers = 0

await read('1')
const before = await look(child)
const startedMs = performance.now()
const isOver = () => performance.now() - startedMs > seconds * 1_000
const readers = Array.from({ length: SOCKETS }, async () => {
  while (!isOver()) {
    const id = String(1 + Math.floor(random.unit() * 1e9))
    // What full memory is asked for once it does not keep: the second question brings it in, and another out.
    for (let time = 0; time < 3; time++) await read(id)
  }
})
while (!isOver()) {
  samples.push({ atSeconds: (performance.now() - startedMs) / 1_000, ...(await look(child)) })
  await new Promise((resolve) => setTimeout(resolve, 1_000))
}
await Promise.all(readers)
child.kill()
agent.destroy()
report()

/** In version 1 or 2, plain or compressed: each is a form of its own that is kept beside the answer. */
function read(id: string): Promise<void> {
  const headers = random.unit() < 0.5 ? {} : { 'accept-encoding': 'gzip' }
  return new Promise((resolve, reject) => {
    const path = `/api/v${random.unit() < 0.5 ? 1 : 2}/products/${id}`
    const asking = request(url + path, { agent, headers }, (answer) => {
      answers += 1
      if (answer.statusCode !== 200) reject(new Error(`${path} was answered ${answer.statusCode}`))
      answer.resume().once('end', resolve)
    })
    asking.once('error', reject).end()
  })
}

async function look(process: ChildProcess): Promise<Memory> {
  process.send('memory')
  const [memory] = (await once(process, 'message')) as [Memory]
  return memory
}

function report(): void {
  const mib = (bytes: number) => (bytes / MIB).toFixed(0).padStart(5)
  console.log(
    `${availableParallelism()} cores, load ${loadavg()[0]!.toFixed(1)}, Node ${process.version}: ${answers} answers to random keys in ${seconds} s`,
  )
  console.log(`bound ${maxMiB} MiB; before: RSS ${mib(before.rss)} MiB`)
  console.log('  after s   kept MiB   entries   heap and buffers MiB   RSS MiB')
  for (let part = 1; part <= 10; part++) {
    const { atSeconds, keptBytes, entries, heapUsed, arrayBuffers, rss } =
      samples[Math.ceil((samples.length * part) / 10) - 1]!
    const columns = [keptBytes, heapUsed + arrayBuffers, rss].map(mib)
    console.log(
      `${atSeconds.toFixed(0).padStart(9)}      ${columns[0]}   ${String(entries).padStart(7)}                  ${columns[1]}     ${columns[2]}`,
    )
  }
  const mostKept = Math.max(...samples.map(({ keptBytes }) => keptBytes))
  const middle = samples.length >> 1
  const mostRss = [samples.slice(0, middle), samples.slice(middle)].map((half) =>
    Math.max(...half.map(({ rss }) => rss)),
  )
  console.log(
    `most kept: ${mib(mostKept)} MiB; most RSS: ${mostRss.map(mib).join(' MiB in the first half, ')} MiB in the second`,
  )
  if (mostKept <= maxMiB * MIB && mostRss[1]! <= mostRss[0]! * MAX_RSS_GROWTH) return
  console.log(
    `broken: at most ${maxMiB} MiB may be kept, and RSS may be ${MAX_RSS_GROWTH} times that of the first half`,
  )
  process.exitCode = 1
}
