import type { IncomingMessage } from 'node:http'
import { meshErrors } from '../mesh-errors.ts'

/** The whole body. @throws `mesh.MESSAGE_TOO_LARGE` as soon as that is known, before the rest has come. */
export function readBody(message: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const announced = Number(message.headers['content-length'] ?? 0)
  if (announced > maxBytes) return Promise.reject(tooLarge(announced, maxBytes))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    message.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > maxBytes) reject(tooLarge(bytes, maxBytes))
      else chunks.push(chunk)
    })
    message.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, bytes)))
    message.on('error', reject)
    message.on('aborted', () => reject(new Error('the body ended early')))
  })
}

function tooLarge(bytes: number, maxBytes: number): Error {
  return meshErrors.MESSAGE_TOO_LARGE({ bytes, maxBytes })
}
