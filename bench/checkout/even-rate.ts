import { Agent, request, type IncomingMessage } from 'node:http'

export interface PlainRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface EvenLoad {
  readonly url: string
  readonly ratePerSecond: number
  readonly seconds: number
  /** Most requests under way; one that is due waits for a connection, and its time runs. */
  readonly clients: number
  readonly next: () => PlainRequest
}

export interface EvenResult {
  /** Milliseconds from when each was due to the end of its answer. */
  readonly timesMs: readonly number[]
  readonly ok: number
  readonly notOk: number
  readonly errors: number
  /** From the first request to the last answer. */
  readonly seconds: number
}

const TICK_MS = 1

/**
 * Requests at an even rate. (autocannon's `overallRate` sends each second's share as fast as it is answered and is silent for the rest of
 * the second: half the time at full speed, whatever rate is asked for.) Times count from when a request was due, so that a server that
 * stands still delays what it did not let begin.
 */
export async function requestEvenly({ url, ratePerSecond, seconds, clients, next }: EvenLoad): Promise<EvenResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const timesMs: number[] = []
  const tally = { ok: 0, notOk: 0, errors: 0 }
  const underWay: Promise<void>[] = []
  const total = ratePerSecond * seconds
  const startMs = performance.now()
  while (underWay.length < total) {
    const due = Math.min(total, ((performance.now() - startMs) / 1_000) * ratePerSecond)
    while (underWay.length < due) underWay.push(sendOne(startMs + (underWay.length / ratePerSecond) * 1_000))
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
  await Promise.all(underWay)
  agent.destroy()
  return { timesMs, ...tally, seconds: (performance.now() - startMs) / 1_000 }

  async function sendOne(dueMs: number): Promise<void> {
    try {
      const status = await send(url, agent, next())
      if (status >= 200 && status < 300) tally.ok++
      else tally.notOk++
      timesMs.push(performance.now() - dueMs)
    } catch {
      tally.errors++
    }
  }
}

function send(url: string, agent: Agent, { method, path, headers, body }: PlainRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const withLength = { ...headers, 'content-length': String(Buffer.byteLength(body)) }
    const onAnswer = (answer: IncomingMessage) => answer.resume().once('end', () => resolve(answer.statusCode!))
    request(`${url}${path}`, { agent, method, headers: withLength }, onAnswer).once('error', reject).end(body)
  })
}
