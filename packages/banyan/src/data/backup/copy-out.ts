import { Readable } from 'node:stream'
import type pg from 'pg'

/** The part of pg's connection that COPY needs (pg 8.23, lib/connection.js). */
interface CopyConnection {
  readonly stream: { pause(): void; resume(): void }
  query(sql: string): void
}

/** `COPY … TO STDOUT` as a stream of bytes; the socket pauses when the reader is slow. */
class CopyOut extends Readable {
  readonly #sql: string
  #connection: CopyConnection | null = null

  constructor(sql: string) {
    super()
    this.#sql = sql
  }

  submit(connection: CopyConnection): void {
    this.#connection = connection
    connection.query(this.#sql)
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    if (this.destroyed) return // its reader has failed: the rest is let by
    // pg's parser uses its buffer again.
    if (!this.push(Buffer.from(chunk))) this.#connection!.stream.pause()
  }

  override _read(): void {
    this.#connection?.stream.resume()
  }

  handleCommandComplete(): void {
    // The tag's count is not needed: rows are counted where they are written.
  }

  handleReadyForQuery(): void {
    // Nobody asks for more after the end: a socket that is paused by now would stay so, and never bring the next answer.
    this.#connection!.stream.resume()
    this.push(null)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#connection?.stream.resume()
    done(error)
  }

  handleError(error: Error): void {
    this.destroy(error)
  }
}

/** Starts the copy; nothing else runs on the client until its end. */
export function copyOut(client: pg.Client, sql: string): CopyOut {
  return client.query(new CopyOut(sql) as never) as unknown as CopyOut
}
