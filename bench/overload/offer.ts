import { Agent, request } from 'node:http'

export interface Offer {
  readonly url: string
  readonly perSecond: number
  readonly seconds: number
  /** A client that has waited so long goes away, milliseconds. */
  readonly patienceMs: number
}

/** What became of the requests of one second, by when they were sent. */
export interface Second {
  good: number
  refused: number
  late: number
  /** Of the good ones, milliseconds. */
  readonly times: number[]
}

const TICK_MS = 5

/** Sends requests at an even rate, whatever comes back: clients that wait for answers would spare a service in trouble. */
export async function offer({ url, perSecond, seconds, patienceMs }: Offer): Promise<readonly Second[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 4_000 })
  const bySecond = Array.from({ length: seconds }, (): Second => ({ good: 0, refused: 0, late: 0, times: [] }))
  const under: Promise<void>[] = []
  const startMs = performance.now()
  const total = perSecond * seconds
  while (under.length < total) {
    const due = Math.min(total, ((performance.now() - startMs) / 1_000) * perSecond)
    while (under.length < due) {
      const second = bySecond[Math.min(seconds - 1, Math.floor(under.length / perSecond))]!
      under.push(ask({ url, agent, patienceMs }, second))
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
  await Promise.all(under)
  agent.destroy()
  return bySecond
}

interface Asking {
  readonly url: string
  readonly agent: Agent
  readonly patienceMs: number
}

function ask({ url, agent, patienceMs }: Asking, second: Second): Promise<void> {
  const sentMs = performance.now()
  return new Promise((resolve) => {
    const asked = request(url, { agent }, (answer) => {
      answer.resume().once('end', () => {
        clearTimeout(timer)
        if (answer.statusCode !== 200) second.refused++
        else {
          second.good++
          second.times.push(performance.now() - sentMs)
        }
        resolve()
      })
    })
    const timer = setTimeout(() => asked.destroy(new Error('out of patience')), patienceMs)
    asked.on('error', () => {
      clearTimeout(timer)
      second.late++
      resolve()
    })
    asked.end()
  })
}
