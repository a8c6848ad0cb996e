import pg from 'pg'
import type { Clock } from '../core/index.ts'
import type { ConnectionOptions } from './connection-options.ts'
import type { Row } from './database.ts'
import { type Answer, Exchange, type Statement } from './exchange.ts'
import { toParameter } from './parameters.ts'
import type { PreparedStatements } from './prepared-statements.ts'
import type { StatementNames } from './statement-names.ts'

export interface SessionSettings {
  readonly connection: ConnectionOptions
  readonly role: string | null
  readonly schema: string | null
  readonly applicationName: string
  /**
   * `transaction`: statements of one tick share a Sync, so that those behind a failing one are skipped.
   * `shared`: each has its own, so that nobody fails for somebody else.
   */
  readonly use: 'transaction' | 'shared'
  readonly connectTimeoutMs: number
  readonly statementTimeoutMs: number
  readonly lockTimeoutMs: number
  readonly idleInTransactionTimeoutMs: number
  /** A connection that answers nothing for this long while statements wait is cut. */
  readonly silenceTimeoutMs: number
}

/** One pipelined connection: statements given in one tick leave in one write. */
export interface Connection {
  /** Statements on their way, for balancing. */
  readonly inFlight: number
  /** False once the socket broke or the server said good-bye. */
  readonly alive: boolean
  /** As the server last said: `I` outside a transaction, `T` inside, `E` inside a failed one. */
  readonly transactionStatus: string | null
  run<R = Row>(sql: string, values?: readonly unknown[]): Promise<Answer<R>>
  /** Cuts the socket. What was on its way fails; the server rolls back. */
  destroy(): void
  /** Says good-bye once what is on its way has been answered. */
  end(): Promise<void>
}

export interface ConnectionScope {
  readonly names: StatementNames
  readonly clock: Clock
  /** Called once, when a connection that was open is gone for any reason. */
  readonly onClosed: (connection: Connection) => void
}

/** Opens a connection with the service's role, schema and timeouts set as startup options. */
export async function openConnection(settings: SessionSettings, scope: ConnectionScope): Promise<Connection> {
  const { names, clock } = scope
  const client = new pg.Client(toClientConfig(settings))
  const prepared: PreparedStatements = new Map()
  let outbox: Statement[] = []
  let alive = false
  let inFlight = 0
  let answered = 0
  let cancelWatch: (() => void) | null = null

  client.on('error', close)
  client.on('end', close)
  await client.connect()
  alive = true

  const connection: Connection = {
    get inFlight() {
      return inFlight
    },
    get alive() {
      return alive
    },
    get transactionStatus() {
      return client.getTransactionStatus()
    },
    run,
    destroy,
    async end() {
      flush()
      alive = false
      cancelWatch?.()
      await client.end()
    },
  }
  return connection

  function destroy(): void {
    close()
    socketOf(client).destroy()
  }

  function close(): void {
    if (!alive) return
    alive = false
    cancelWatch?.()
    scope.onClosed(connection)
  }

  function run<R>(text: string, values: readonly unknown[] = []): Promise<Answer<R>> {
    return new Promise((resolve, reject) => {
      const statement: Statement = {
        text,
        name: names.nameOf(text),
        values: values.map(toParameter),
        resolve(answer) {
          inFlight--
          answered++
          resolve(answer)
        },
        reject(error) {
          inFlight--
          answered++
          reject(error)
        },
      }
      inFlight++
      outbox.push(statement)
      if (outbox.length === 1) process.nextTick(flush)
    })
  }

  function flush(): void {
    if (outbox.length === 0) return
    const statements = outbox
    outbox = []
    const socket = socketOf(client)
    // Each message would be a write of its own; corked they are one.
    socket.cork()
    if (settings.use === 'transaction') client.query(new Exchange(statements, prepared))
    else for (const statement of statements) client.query(new Exchange([statement], prepared))
    socket.uncork()
    cancelWatch ??= watch()
  }

  /** One timer a connection, not one a statement: a peer that vanished without a word is noticed in one to two periods. */
  function watch(): () => void {
    const answeredBefore = answered
    return clock.schedule(settings.silenceTimeoutMs, () => {
      const isSilent = inFlight > 0 && answered === answeredBefore
      cancelWatch = inFlight > 0 && !isSilent ? watch() : null
      if (isSilent) destroy()
    })
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

function toClientConfig(settings: SessionSettings): pg.ClientConfig {
  return {
    ...settings.connection,
    pipeline: true,
    keepAlive: true,
    application_name: settings.applicationName,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    statement_timeout: settings.statementTimeoutMs,
    lock_timeout: settings.lockTimeoutMs,
    idle_in_transaction_session_timeout: settings.idleInTransactionTimeoutMs,
    options: startupOptions(settings),
  } as pg.ClientConfig
}

function startupOptions(settings: SessionSettings): string {
  const options = ['-c TimeZone=UTC']
  if (settings.role !== null) options.push(`-c role=${settings.role}`)
  if (settings.schema !== null) options.push(`-c search_path=${settings.schema}`)
  return options.join(' ')
}
