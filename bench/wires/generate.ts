/** Reads of one path over so many connections, each as fast as it is answered. */
import { connectLean, requestText } from '../lean-connection.ts'

export interface Load {
  readonly port: number
  readonly path: string
  /** `null`: none is shown. */
  readonly token: string | null
  readonly connections: number
  readonly seconds: number
}

export interface Measured {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly failed: number
  readonly requests: number
}

export async function generate({ port, path, token, connections, seconds }: Load): Promise<Measured> {
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` }
  const request = Buffer.from(requestText({ method: 'GET', path, headers }))
  const times: number[] = []
  let failed = 0
  const startMs = performance.now()
  const endMs = startMs + seconds * 1_000
  await Promise.all(Array.from({ length: connections }, drive))
  times.sort((a, b) => a - b)
  const at = (part: number) => times[Math.floor(times.length * part)] ?? 0
  const perSecond = Math.round((times.length / (performance.now() - startMs)) * 1_000)
  return { perSecond, p50Ms: at(0.5), p99Ms: at(0.99), failed, requests: times.length }

  async function drive(): Promise<void> {
    const connection = await connectLean(port)
    for (let sentMs = performance.now(); sentMs < endMs;) {
      if ((await connection.ask(request)) !== 200) failed++
      const nowMs = performance.now()
      times.push(nowMs - sentMs)
      sentMs = nowMs
    }
    connection.close()
  }
}
