import { Agent, request } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'

/** A request as the fuzz writes it: nothing in it needs to be right. */
export interface RawRequest {
  readonly method: string
  /** With its query; printable ASCII without spaces. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Sent as latin1 when `bytes` says so, to be no UTF-8. */
  readonly body: string | null
}

export interface RawAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** Sends over a few connections that are kept alive. */
export interface RawSender extends Disposable {
  send(raw: RawRequest): Promise<RawAnswer>
}

export function createRawSender(url: string, connections: number): RawSender {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const { hostname, port } = new URL(url)
  return {
    send({ method, path, headers, body }) {
      const bytes = body === null ? null : Buffer.from(body)
      const length = bytes === null ? {} : { 'Content-Length': String(bytes.length) }
      return new Promise((resolve, reject) => {
        const outgoing = request({ hostname, port, method, path, agent, headers: { ...headers, ...length } })
        outgoing.on('error', reject)
        outgoing.on('response', (incoming) => {
          const chunks: Buffer[] = []
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
          incoming.on('error', reject)
          incoming.on('end', () =>
            resolve({
              status: incoming.statusCode!,
              headers: incoming.headers,
              text: decode(Buffer.concat(chunks), incoming.headers['content-encoding']),
            }),
          )
        })
        outgoing.end(bytes)
      })
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

/** To HEAD there is nothing to decode. */
function decode(bytes: Buffer, coding: string | undefined): string {
  if (coding === undefined || bytes.length === 0) return bytes.toString()
  return (coding === 'br' ? brotliDecompressSync(bytes) : gunzipSync(bytes)).toString()
}
