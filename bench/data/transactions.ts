/**
 * What the data area costs beside `pg` as it is usually used: `node bench/data/transactions.ts [seconds] [rounds]`.
 * Own server, fsync on, unix socket; server, client and whatever else runs share the machine, so contenders take turns
 * and the medians of the rounds are printed. Figures in README.md.
 */
import pg from 'pg'
import { type ConnectionOptions, createDatabase } from 'banyan/data'
import { startTestPostgres } from 'banyan/testing'

const seconds = Number(process.argv[2] ?? 1)
const rounds = Number(process.argv[3] ?? 5)

/** One way to do the work, ready to be called by many at once. */
interface Contender extends AsyncDisposable {
  readonly name: string
  run(n: number): Promise<unknown>
}

interface Result {
  readonly perSecond: number
  readonly cpuMicros: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const READ = 'SELECT on_hand FROM stock WHERE id = $1'
const COMMAND = {
  claim: 'SELECT id FROM keys WHERE id = $1',
  load: 'SELECT on_hand FROM stock WHERE id = $1 FOR UPDATE',
  take: 'UPDATE stock SET on_hand = on_hand - 1 WHERE id = $1',
  order: 'INSERT INTO orders (user_id, total) VALUES ($1, $2)',
  key: 'INSERT INTO keys (id, outcome) VALUES ($1, $2)',
}
const CONNECTIONS = 16
let lastKey = 0

await using server = await startTestPostgres({ settings: { shared_buffers: '128MB' } })
const { connection } = await server.schema('bench')
await createTables(connection)

for (const callers of [1, 64]) {
  await compare('point select', callers, [poolReads(connection), banyanReads(connection)])
}
for (const callers of [1, 16, 64]) {
  await compare('command: 2 reads, 3 writes, COMMIT', callers, [poolCommands(connection), banyanCommands(connection)])
}

async function createTables(options: ConnectionOptions): Promise<void> {
  await using db = createDatabase({ name: 'setup', connection: options })
  await db.transaction(async (tx) => {
    tx.execute('CREATE TABLE stock (id int PRIMARY KEY, on_hand int NOT NULL) WITH (fillfactor = 50)')
    tx.execute('INSERT INTO stock SELECT g, 1000000 FROM generate_series(1, 1000) g')
    tx.execute('CREATE TABLE keys (id text PRIMARY KEY, outcome text NOT NULL)')
    tx.execute('CREATE TABLE orders (id bigserial PRIMARY KEY, user_id bigint NOT NULL, total bigint NOT NULL)')
  })
}

async function compare(title: string, callers: number, contenders: Contender[]): Promise<void> {
  const results = new Map<string, Result[]>(contenders.map(({ name }) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const contender of contenders) {
      const result = await measure(contender, callers)
      if (round > 0) results.get(contender.name)!.push(result) // the first round warms up
    }
  }
  for (const contender of contenders) await contender[Symbol.asyncDispose]()
  for (const [name, list] of results) print(`${title}, ${callers} at once`, name, list)
}

async function measure(contender: Contender, callers: number): Promise<Result> {
  const times: number[] = []
  const cpu = process.cpuUsage()
  const start = performance.now()
  const end = start + seconds * 1000
  const call = async () => {
    for (let at = performance.now(); at < end; at = performance.now()) {
      await contender.run(lastKey++)
      times.push(performance.now() - at)
    }
  }
  await Promise.all(Array.from({ length: callers }, call))
  const elapsedMs = performance.now() - start
  const used = process.cpuUsage(cpu)
  times.sort((a, b) => a - b)
  return {
    perSecond: (times.length / elapsedMs) * 1000,
    cpuMicros: (used.user + used.system) / times.length,
    p50Ms: times[Math.floor(times.length * 0.5)]!,
    p99Ms: times[Math.floor(times.length * 0.99)]!,
  }
}

function print(title: string, name: string, results: readonly Result[]): void {
  const median = (pick: (result: Result) => number) => results.map(pick).sort((a, b) => a - b)[results.length >> 1]!
  const cells = [
    title.padEnd(46),
    name.padEnd(22),
    `${Math.round(median((result) => result.perSecond))}/s`.padStart(9),
    `client ${median((result) => result.cpuMicros).toFixed(1)} µs`.padStart(16),
    `p50 ${median((result) => result.p50Ms).toFixed(2)} ms`.padStart(14),
    `p99 ${median((result) => result.p99Ms).toFixed(2)} ms`.padStart(14),
  ]
  process.stdout.write(`${cells.join(' ')}\n`)
}

function poolOf(options: ConnectionOptions): pg.Pool {
  return new pg.Pool({ ...options, max: CONNECTIONS, options: '-c search_path=public' } as pg.PoolConfig)
}

function poolReads(options: ConnectionOptions): Contender {
  const pool = poolOf(options)
  return {
    name: `pg, pool of ${CONNECTIONS}`,
    run: (n) => pool.query({ name: 'read', text: READ, values: [1 + (n % 1000)] }),
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

function banyanReads(options: ConnectionOptions): Contender {
  const db = createDatabase({ name: 'bench', connection: options })
  return {
    name: 'banyan, 2 shared',
    run: (n) => db.query(READ, [1 + (n % 1000)]),
    [Symbol.asyncDispose]: () => db.stop(),
  }
}

function poolCommands(options: ConnectionOptions): Contender {
  const pool = poolOf(options)
  return {
    name: `pg, pool of ${CONNECTIONS}`,
    async run(n) {
      const client = await pool.connect()
      const step = (name: keyof typeof COMMAND, values: unknown[]) =>
        client.query({ name, text: COMMAND[name], values })
      await client.query('BEGIN')
      await step('claim', [String(n)])
      await step('load', [productOf(n)])
      await step('take', [productOf(n)])
      await step('order', [n, 100])
      await step('key', [String(n), '{}'])
      await client.query('COMMIT')
      client.release()
    },
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

function banyanCommands(options: ConnectionOptions): Contender {
  const db = createDatabase({ name: 'bench', connection: options, limits: { connections: CONNECTIONS } })
  return {
    name: `banyan, pool of ${CONNECTIONS}`,
    run: (n) =>
      db.transaction(async (tx) => {
        await Promise.all([tx.query(COMMAND.claim, [String(n)]), tx.query(COMMAND.load, [productOf(n)])])
        tx.execute(COMMAND.take, [productOf(n)])
        tx.execute(COMMAND.order, [n, 100])
        tx.execute(COMMAND.key, [String(n), '{}'])
      }),
    [Symbol.asyncDispose]: () => db.stop(),
  }
}

/** Neighbours in time meet different rows. */
function productOf(n: number): number {
  return 1 + ((n * 7919) % 1000)
}
