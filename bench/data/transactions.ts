/**
 * What the data area costs: `node bench/data/transactions.ts [seconds per measurement]`. Own server, fsync on, unix
 * socket; server and client share the machine. Figures in README.md.
 */
import { createDatabase, type Database } from 'banyan/data'
import { startTestPostgres } from 'banyan/testing'

const seconds = Number(process.argv[2] ?? 3)

await using server = await startTestPostgres({ settings: { shared_buffers: '128MB' } })
const options = await server.schema('bench')

await using setup = createDatabase(options)
await setup.transaction(async (tx) => {
  tx.execute('CREATE TABLE stock (id int PRIMARY KEY, on_hand int NOT NULL)')
  tx.execute('INSERT INTO stock SELECT g, 1000000 FROM generate_series(1, 1000) g')
  tx.execute('CREATE TABLE keys (id text PRIMARY KEY, outcome text NOT NULL)')
  tx.execute('CREATE TABLE orders (id bigserial PRIMARY KEY, user_id bigint NOT NULL, total bigint NOT NULL)')
})

for (const callers of [1, 64, 256]) await measure('point select, autocommit', callers, pointSelect)
for (const callers of [1, 8, 16, 64]) await measure('insert + commit', callers, insert)
for (const callers of [1, 8, 16, 64]) await measure('command: 2 reads, 3 writes, commit', callers, command)

async function measure(name: string, callers: number, run: (db: Database, n: number) => Promise<unknown>) {
  await using db = createDatabase({ ...options, limits: { connections: 16 } })
  const times: number[] = []
  let n = 0
  let end = performance.now() + 500 // warm up
  const caller = async () => {
    while (performance.now() < end) {
      const start = performance.now()
      await run(db, n++)
      times.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  times.length = 0
  const start = performance.now()
  end = start + seconds * 1000
  await Promise.all(Array.from({ length: callers }, caller))
  report(name, callers, { times, elapsedMs: performance.now() - start })
}

function report(name: string, callers: number, { times, elapsedMs }: { times: number[]; elapsedMs: number }) {
  times.sort((a, b) => a - b)
  const at = (part: number) => times[Math.floor(times.length * part)]!.toFixed(2)
  const perSecond = Math.round((times.length / elapsedMs) * 1000)
  console.log(`${name.padEnd(40)} ${String(callers).padStart(4)} ${String(perSecond).padStart(8)}/s  p50 ${at(0.5)} ms  p99 ${at(0.99)} ms`)
}

function pointSelect(db: Database, n: number) {
  return db.query('SELECT on_hand FROM stock WHERE id = $1', [1 + (n % 1000)])
}

function insert(db: Database, n: number) {
  return db.transaction(async (tx) => tx.execute('INSERT INTO orders (user_id, total) VALUES ($1, $2)', [n, 100]))
}

function command(db: Database, n: number) {
  const id = `${process.pid}-${n}-${Math.random()}`
  return db.transaction(async (tx) => {
    await Promise.all([
      tx.query('SELECT id FROM keys WHERE id = $1', [id]),
      tx.query('SELECT on_hand FROM stock WHERE id = $1 FOR UPDATE', [1 + (n % 1000)]),
    ])
    tx.execute('UPDATE stock SET on_hand = on_hand - 1 WHERE id = $1', [1 + (n % 1000)])
    tx.execute('INSERT INTO orders (user_id, total) VALUES ($1, $2)', [n, 100])
    tx.execute('INSERT INTO keys (id, outcome) VALUES ($1, $2)', [id, '{}'])
  })
}
