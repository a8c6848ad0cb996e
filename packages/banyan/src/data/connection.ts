import pg from 'pg'
import type { Row } from './database.ts'
import type { ConnectionOptions } from './connection-options.ts'
import type { StatementNames } from './statement-names.ts'

export interface SessionSettings {
  readonly connection: ConnectionOptions
  readonly role: string | null
  readonly schema: string | null
  readonly applicationName: string
  readonly connectTimeoutMs: number
  readonly statementTimeoutMs: number
  readonly lockTimeoutMs: number
  readonly idleInTransactionTimeoutMs: number
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
  end(): Promise<void>
}

export interface Answer<R> {
  readonly rows: R[]
  /** The command tag's first word: a COMMIT of a failed transaction answers `ROLLBACK`. */
  readonly command: string
}

export interface ConnectionEvents {
  /** Called once, when a connection that was open is gone for any reason. */
  readonly onClosed: (connection: Connection, cause: unknown) => void
}

const TEXT_TYPES = new Set([pg.types.builtins.DATE, pg.types.builtins.TIMESTAMP])
const keepText = (text: string) => text

/** `date` and `timestamp` stay text: as a JS Date they would shift by the machine's time zone. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    return TEXT_TYPES.has(oid) && format !== 'binary' ? keepText : pg.types.getTypeParser(oid, format as 'text')
  },
}

/** Opens a connection with the service's role, schema and timeouts set as startup options. */
export async function openConnection(
  settings: SessionSettings,
  names: StatementNames,
  events: ConnectionEvents,
): Promise<Connection> {
  const client = new pg.Client(toClientConfig(settings))
  let alive = false
  let inFlight = 0
  let corked = false
  let lastError: unknown = null

  client.on('error', (error) => {
    lastError = error
    close()
  })
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
    destroy() {
      close()
      socketOf(client).destroy()
    },
    async end() {
      alive = false
      await client.end()
    },
  }
  return connection

  function close() {
    if (!alive) return
    alive = false
    events.onClosed(connection, lastError)
  }

  function run<R>(sql: string, values: readonly unknown[] = []): Promise<Answer<R>> {
    corkUntilNextTick()
    inFlight++
    return new Promise((resolve, reject) => {
      const query = { text: sql, name: names.nameOf(sql), values: values as unknown[] }
      client.query(query as pg.QueryConfig, (error: Error | null, result: pg.QueryResult) => {
        inFlight--
        if (error) reject(error)
        else resolve(result as unknown as Answer<R>)
      })
    })
  }

  // Every message would be a write of its own; corked, the statements of one tick are one (measured: bench/data).
  function corkUntilNextTick() {
    if (corked) return
    corked = true
    const socket = socketOf(client)
    socket.cork()
    process.nextTick(() => {
      corked = false
      socket.uncork()
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
  const { connection } = settings
  return {
    ...connection,
    types,
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
