import { connectLean, requestText, type LeanConnection, type PlainRequest } from '../lean-connection.ts'

export interface Offer {
  readonly url: string
  /** Connections; each has one request under way at most. */
  readonly clients: number
  readonly seconds: number
  readonly next: () => PlainRequest
}

export interface Answers {
  /** Milliseconds from when each request was due to the end of its answer. */
  readonly timesMs: readonly number[]
  readonly ok: number
  readonly notOk: number
  /** Connections that ended before the answer did; each was replaced. */
  readonly errors: number
  /** From the first request to the last answer. */
  readonly seconds: number
}

/** As many requests as are answered: each client sends its next one when it has its answer. */
export async function offerAll({ url, clients, seconds, next }: Offer): Promise<Answers> {
  const tally = createTally(Number(new URL(url).port))
  const connections = await tally.connect(clients)
  const startMs = performance.now()
  const endMs = startMs + seconds * 1_000
  await Promise.all(connections.map(drive))
  return tally.read(startMs)

  async function drive(first: LeanConnection): Promise<void> {
    let connection = first
    for (let dueMs = performance.now(); dueMs < endMs; dueMs = performance.now()) {
      connection = await tally.send(connection, next(), dueMs)
    }
    connection.close()
  }
}

const TICK_MS = 1

/**
 * Requests at an even rate. (autocannon's `overallRate` sends each second's share as fast as it is answered and is silent for the rest of
 * the second: half the time at full speed, whatever rate is asked for.) Times count from when a request was due, so that a server that
 * stands still delays what it did not let begin.
 */
export async function offerEvenly(offer: Offer & { readonly ratePerSecond: number }): Promise<Answers> {
  const { url, ratePerSecond, seconds, clients, next } = offer
  const tally = createTally(Number(new URL(url).port))
  const idle = await tally.connect(clients)
  const waiting: ((connection: LeanConnection) => void)[] = []
  const underWay: Promise<void>[] = []
  const total = ratePerSecond * seconds
  const startMs = performance.now()
  while (underWay.length < total) {
    const due = Math.min(total, ((performance.now() - startMs) / 1_000) * ratePerSecond)
    while (underWay.length < due) underWay.push(sendOne(startMs + (underWay.length / ratePerSecond) * 1_000))
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
  await Promise.all(underWay)
  const answers = tally.read(startMs)
  for (const connection of idle) connection.close()
  return answers

  async function sendOne(dueMs: number): Promise<void> {
    const free = idle.pop() ?? (await new Promise<LeanConnection>((resolve) => waiting.push(resolve)))
    const connection = await tally.send(free, next(), dueMs)
    const first = waiting.shift()
    if (first) first(connection)
    else idle.push(connection)
  }
}

function createTally(port: number) {
  const timesMs: number[] = []
  const counts = { ok: 0, notOk: 0, errors: 0 }
  return {
    connect: (clients: number) => Promise.all(Array.from({ length: clients }, () => connectLean(port))),
    /** Resolves with the connection that is free afterwards. */
    async send(known: LeanConnection, request: PlainRequest, dueMs: number): Promise<LeanConnection> {
      const connection = known.isOpen ? known : await connectLean(port)
      try {
        const status = await connection.ask(requestText(request))
        if (status >= 200 && status < 300) counts.ok++
        else counts.notOk++
        timesMs.push(performance.now() - dueMs)
        return connection
      } catch {
        counts.errors++
        connection.close()
        return connectLean(port)
      }
    },
    read: (startMs: number): Answers => ({ timesMs, ...counts, seconds: (performance.now() - startMs) / 1_000 }),
  }
}
