import pg from 'pg'
import { type Columns, createColumns, type Field, NO_COLUMNS } from './columns.ts'
import type { Row } from '../database.ts'
import type { Parameter } from './parameters.ts'
import type { PreparedStatements } from './prepared-statements.ts'

export interface Statement {
  readonly text: string
  /** `undefined`: runs unprepared. */
  readonly name: string | undefined
  readonly values: readonly Parameter[]
  readonly resolve: (answer: Answer<never>) => void
  readonly reject: (error: unknown) => void
}

export interface Answer<R> {
  readonly rows: R[]
  /** The command tag's first word: a COMMIT of a failed transaction answers `ROLLBACK`. */
  readonly command: string
}

/** The part of pg's connection that writes messages (pg 8.23, lib/connection.js). */
interface MessageWriter {
  parse(message: { text: string; name: string }): void
  bind(message: { portal: string; statement: string; values: readonly Parameter[] }): void
  describe(message: { type: 'P'; name: string }): void
  execute(message: { portal: string }): void
  close(message: { type: 'S'; name: string }): void
  sync(): void
  sendCopyFail(message: string): void
}

/**
 * Statements that leave together with **one** Sync, and their answers in order. pg's own query sends a Sync per
 * statement: the server then answers each with a write of its own, and COMMIT runs even though what went before it
 * failed. Here the server skips what follows a failure up to the Sync. (Measured: bench/data.)
 * A subclass of pg's Query because a pipelining client admits nothing else.
 */
export class Exchange extends pg.Query {
  readonly #statements: readonly Statement[]
  readonly #prepared: PreparedStatements
  readonly #answers: Answer<Row>[] = []
  /** By statement; `null` until it is described. */
  readonly #columns: (Columns | null)[] = []
  /** By statement: the name that this exchange prepares, if any. */
  readonly #preparing: (string | undefined)[] = []
  #rows: Row[] = []
  #fault: unknown = null

  constructor(statements: readonly Statement[], prepared: PreparedStatements) {
    super('')
    this.#statements = statements
    this.#prepared = prepared
  }

  override submit = (writer: unknown): null => {
    for (const statement of this.#statements) this.#write(writer as MessageWriter, statement)
    ;(writer as MessageWriter).sync()
    return null
  }

  #write(writer: MessageWriter, { text, name, values }: Statement): void {
    const known = name === undefined ? undefined : this.#prepared.get(name)
    if (known?.state === 'ready') {
      writer.bind({ portal: '', statement: name!, values })
      this.#columns.push(known.columns)
      this.#preparing.push(undefined)
    } else {
      const preparing = known?.state === 'sent' ? undefined : name
      if (known?.state === 'uncertain') writer.close({ type: 'S', name: name! })
      if (preparing !== undefined) this.#prepared.set(preparing, { state: 'sent' })
      writer.parse({ text, name: preparing ?? '' })
      writer.bind({ portal: '', statement: preparing ?? '', values })
      writer.describe({ type: 'P', name: '' })
      this.#columns.push(null)
      this.#preparing.push(preparing)
    }
    writer.execute({ portal: '' })
  }

  handleRowDescription(message: { readonly fields: readonly Field[] }): void {
    this.#columns[this.#answers.length] = createColumns(message.fields)
  }

  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void {
    if (this.#fault !== null) return
    try {
      this.#rows.push(this.#columns[this.#answers.length]!.toRow(message.fields))
    } catch (error) {
      this.#fault = error // a value that its type's parser refuses
    }
  }

  handleCommandComplete(message: { readonly text: string }): void {
    this.#answer(message.text.split(' ', 1)[0]!)
  }

  handleEmptyQuery(): void {
    this.#answer('')
  }

  #answer(command: string): void {
    const index = this.#answers.length
    const columns = this.#columns[index] ?? NO_COLUMNS
    const name = this.#preparing[index]
    if (name !== undefined) this.#prepared.set(name, { state: 'ready', columns })
    this.#answers.push({ rows: this.#rows, command })
    this.#rows = []
  }

  handleCopyInResponse(writer: unknown): void {
    ;(writer as MessageWriter).sendCopyFail('COPY FROM STDIN is not supported here')
  }

  /** From the server, or for all that was on its way when the connection broke. */
  handleError(error: unknown): void {
    this.#settle(error)
  }

  handleReadyForQuery(): void {
    this.#settle(this.#fault)
  }

  /** Those answered before the fault have run; the one it met and those behind it have not. */
  #settle(fault: unknown): void {
    this.#statements.forEach((statement, index) => {
      const answer = this.#answers[index]
      if (answer && this.#fault === null) return statement.resolve(answer as Answer<never>)
      const name = this.#preparing[index]
      if (!answer && name !== undefined) this.#prepared.set(name, { state: 'uncertain' })
      statement.reject(fault)
    })
  }
}
