import pg from 'pg'
import type { Clock } from '../../core/index.ts'
import type { Row } from '../database.ts'
import { type Answer, Exchange, type Statement } from './exchange.ts'
import { createParameterEncoder } from './parameters.ts'
import type { PreparedStatements } from './prepared-statements.ts'
import { type SessionSettings, toClientConfig } from './session-settings.ts'
import type { StatementTexts } from './statement-texts.ts'

export interface ConnectionScope {
  readonly texts: StatementTexts
  readonly clock: Clock
  /** Called once, when a connection that was open is gone for any reason but `end`. */
  readonly onClosed: (connection: Connection) => void
}

/** Opens a connection with the service's role, schema and timeouts set as startup options. */
export async function openConnection(settings: SessionSettings, scope: ConnectionScope): Promise<Connection> {
  const connection = new Connection(settings, scope)
  await connection.open()
  return connection
}

/** One pipelined connection: statements given in one tick leave in one write. */
export class Connection {
  readonly #client: pg.Client
  readonly #settings: SessionSettings
  readonly #scope: ConnectionScope
  readonly #prepared: PreparedStatements = new Map()
  readonly #encode = createParameterEncoder()
  #outbox: Statement[] = []
  #alive = false
  #inFlight = 0
  #answered = 0
  #cancelWatch: (() => void) | null = null

  constructor(settings: SessionSettings, scope: ConnectionScope) {
    const client = new pg.Client(toClientConfig(settings))
    this.#client = client
    this.#settings = settings
    this.#scope = scope
    // Whoever waits for an answer gets the error too; between statements it only means that the connection is gone.
    client.on('error', () => this.#close())
    client.on('end', () => this.#close())
  }

  async open(): Promise<void> {
    await this.#client.connect()
    this.#alive = true
  }

  /** False once the socket broke or the server said good-bye. */
  get alive(): boolean {
    return this.#alive
  }

  /** Statements on their way, for balancing. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** As the server last said: `I` outside a transaction, `T` inside, `E` inside a failed one. */
  get transactionStatus(): string | null {
    return this.#client.getTransactionStatus()
  }

  /** @throws (at once, nothing is sent) when a value cannot be made a parameter */
  run<R = Row>(text: string, values: readonly unknown[] = []): Promise<Answer<R>> {
    const { name, arrays } = this.#scope.texts.find(text)
    const parameters = this.#encode(values, arrays)
    return new Promise((resolve, reject) => {
      this.#outbox.push({
        text,
        name,
        values: parameters,
        resolve: (answer) => {
          this.#count()
          resolve(answer)
        },
        reject: (error) => {
          this.#count()
          reject(error)
        },
      })
      this.#inFlight++
      if (this.#outbox.length === 1) process.nextTick(() => this.#flush())
    })
  }

  /** Cuts the socket. What was on its way fails; the server rolls back. */
  destroy(): void {
    this.#close()
    socketOf(this.#client).destroy()
  }

  /** Says good-bye once what is on its way has been answered; a peer that does not answer that is cut off. */
  async end(): Promise<void> {
    this.#flush()
    this.#alive = false
    const { silenceTimeoutMs, connectTimeoutMs } = this.#settings
    const patienceMs = this.#inFlight > 0 ? silenceTimeoutMs : connectTimeoutMs
    const cancel = this.#scope.clock.schedule(patienceMs, () => this.destroy())
    await this.#client.end()
    cancel()
    this.#cancelWatch?.()
  }

  #count(): void {
    this.#inFlight--
    this.#answered++
  }

  #flush(): void {
    if (this.#outbox.length === 0) return
    const statements = this.#outbox
    this.#outbox = []
    const exchanges = this.#settings.use === 'transaction' ? [statements] : statements.map((statement) => [statement])
    const socket = socketOf(this.#client)
    // Each message would be a write of its own; corked they are one.
    socket.cork()
    for (const exchange of exchanges) this.#client.query(new Exchange(exchange, this.#prepared))
    socket.uncork()
    this.#cancelWatch ??= this.#watch()
  }

  /** One timer a connection, not one a statement: a peer that vanished without a word is noticed in one to two periods. */
  #watch(): () => void {
    const answeredBefore = this.#answered
    return this.#scope.clock.schedule(this.#settings.silenceTimeoutMs, () => {
      const isWaiting = this.#inFlight > 0
      const isSilent = isWaiting && this.#answered === answeredBefore
      this.#cancelWatch = isWaiting && !isSilent ? this.#watch() : null
      if (isSilent) this.destroy()
    })
  }

  #close(): void {
    if (!this.#alive) return
    this.#alive = false
    this.#cancelWatch?.()
    this.#scope.onClosed(this)
  }
}

interface Socket {
  cork(): void
  uncork(): void
  destroy(): void
}

function socketOf(client: pg.Client): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream
}
