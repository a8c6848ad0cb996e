import { Writable } from 'node:stream'
import type pg from 'pg'

/** The part of pg's connection that COPY needs (pg 8.23, lib/connection.js). */
interface CopyConnection {
  readonly stream: { readonly writableNeedDrain: boolean; once(event: 'drain', run: () => void): void }
  query(sql: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
  sendCopyFail(message: string): void
}

type Done = (error?: Error | null) => void

/** `COPY … FROM STDIN` as a stream to write bytes to. */
class CopyIn extends Writable {
  /** Rows that the server took; known at the end. */
  rowCount = 0
  readonly #sql: string
  readonly #started = Promise.withResolvers<void>()
  readonly #finished = Promise.withResolvers<void>()
  #connection: CopyConnection | null = null

  constructor(sql: string) {
    super()
    this.#sql = sql
    // Whoever writes learns of a failure by `destroy`.
    this.#started.promise.catch(() => null)
    // The same.
    this.#finished.promise.catch(() => null)
  }

  submit(connection: CopyConnection): void {
    this.#connection = connection
    connection.query(this.#sql)
  }

  handleCopyInResponse(): void {
    this.#started.resolve()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    const { stream } = this.#connection!
    this.#connection!.sendCopyFromChunk(chunk)
    if (stream.writableNeedDrain) stream.once('drain', () => done())
    else done()
  }

  override _construct(done: Done): void {
    this.#started.promise.then(() => done(), done)
  }

  override _final(done: Done): void {
    this.#connection!.endCopyFrom()
    this.#finished.promise.then(() => done(), done)
  }

  override _destroy(error: Error | null, done: Done): void {
    if (error) this.#connection?.sendCopyFail(error.message)
    done(error)
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.rowCount = Number(text.split(' ')[1])
  }

  handleReadyForQuery(): void {
    this.#finished.resolve()
  }

  handleError(error: Error): void {
    this.#started.reject(error)
    this.#finished.reject(error)
    this.destroy(error)
  }
}

/** Starts the copy; nothing else runs on the client until its end. */
export function copyIn(client: pg.Client, sql: string): CopyIn {
  return client.query(new CopyIn(sql) as never) as unknown as CopyIn
}
