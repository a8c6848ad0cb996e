import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { isError } from '../../core/index.ts'
import { copyEmbeddedTemplate, until } from '../../testing/index.ts'
import { createDatabase, type Database, dataErrors, type Embedded, startEmbedded } from '../index.ts'
import { readCommand } from './processes.ts'

describe('embedded PostgreSQL under faults', () => {
  let parent: string
  let folder: string
  before(async () => {
    parent = await mkdtemp(join(tmpdir(), 'banyan-faults-'))
    await chmod(parent, 0o711)
    folder = join(parent, 'data')
    await copyEmbeddedTemplate(folder)
    await using embedded = await startEmbedded({ folder })
    await using db = connect(embedded)
    await db.transaction(async (tx) => tx.execute('CREATE TABLE kept (id int PRIMARY KEY)'))
  })
  after(() => rm(parent, { recursive: true }))

  test('the server is killed: it is started again and has everything that was committed', async () => {
    await using embedded = await startEmbedded({ folder })
    await using db = connect(embedded)
    await insert(db, 1)
    const pid = embedded.processId
    process.kill(pid, 'SIGKILL')
    await until(async () => embedded.processId !== pid)
    await until(() => insert(db, 2).then(isDone, isNotDone))
    assert.deepEqual(await kept(db), [1, 2])
  })

  test('the parent is killed: the next start shuts the orphan down in order, nothing is lost', async () => {
    const child = startParent(folder)
    const { pid } = await child.ready
    await child.insert(3)
    child.process.kill('SIGKILL')
    await child.exited
    assert.ok(await isAlive(pid), 'the server outlives its parent')
    await using embedded = await startEmbedded({ folder })
    assert.ok(!(await isAlive(pid)), 'the orphan is gone')
    assert.ok(
      embedded.notes.some((note) => note.includes(String(pid))),
      embedded.notes.join(),
    )
    await using db = connect(embedded)
    assert.deepEqual(await kept(db), [1, 2, 3])
  })

  test('parent and server are killed together: recovery at the next start', async () => {
    const child = startParent(folder)
    const { pid } = await child.ready
    await child.insert(4)
    child.process.kill('SIGKILL')
    process.kill(pid, 'SIGKILL')
    await child.exited
    await using embedded = await startEmbedded({ folder })
    await using db = connect(embedded)
    assert.deepEqual(await kept(db), [1, 2, 3, 4])
  })

  test('Ctrl-C reaches the process group: the server keeps serving until its parent stops it', async () => {
    const child = startParent(folder)
    const { pid } = await child.ready
    process.kill(-child.process.pid!, 'SIGINT')
    await child.insert(5)
    assert.ok(await isAlive(pid))
    child.process.stdin!.end('stop\n')
    assert.equal(await child.exited, 0)
    assert.ok(!(await isAlive(pid)), 'stopped with its parent')
  })

  test('a parent that ends without stop() takes the server with it', async () => {
    const child = startParent(folder)
    const { pid } = await child.ready
    child.process.stdin!.write('throw\n')
    await child.exited
    await until(async () => !(await isAlive(pid)))
  })

  test('stale pid files: of a process that is gone, and of another program that got the number', async () => {
    for (const pid of [2 ** 22 - 1, process.pid]) {
      const first = await startEmbedded({ folder })
      await first.stop()
      await writeFile(
        join(first.dataFolder, 'postmaster.pid'),
        `${pid}\n${first.dataFolder}\n1\n5432\n\n\n1 1\nready\n`,
      )
      await using second = await startEmbedded({ folder })
      await using db = connect(second)
      assert.deepEqual(await kept(db), [1, 2, 3, 4, 5])
    }
  })

  test('the disk is full: said so at the first start, and to statements; it goes on once there is room', async (t) => {
    const disk = join(parent, 'disk')
    await mkdir(disk)
    const mounted = await mountSmallDisk(disk).catch((error: Error) => error)
    if (mounted instanceof Error) return t.skip(`no small disk can be mounted here: ${mounted.message.split('\n')[0]}`)
    const filler = join(disk, 'filler')
    try {
      await fill(filler, 4)
      const refused = startEmbedded({ folder: join(disk, 'data') })
      await assert.rejects(refused, (error) => isError(error, dataErrors.EMBEDDED_DISK_FULL))
      await rm(filler)
      await using embedded = await startEmbedded({ folder: join(disk, 'data') })
      await using db = connect(embedded)
      await db.transaction(async (tx) => tx.execute('CREATE TABLE kept (id int PRIMARY KEY, filler text)'))
      await insert(db, 1)
      await fill(filler, 0.2)
      const isRefused = (error: unknown) =>
        isError(error, dataErrors.SERVER_EXHAUSTED) || isError(error, dataErrors.UNAVAILABLE)
      const big = db.transaction(async (tx) => {
        tx.execute("INSERT INTO kept SELECT g, repeat('x', 1000) FROM generate_series(100, 60000) g")
      })
      await assert.rejects(big, isRefused)
      await rm(filler)
      await until(() => insert(db, 2).then(isDone, isNotDone))
      assert.deepEqual(await kept(db), [1, 2])
    } finally {
      await promisify(execFile)('umount', [disk])
    }
  })
})

const isDone = () => true
const isNotDone = () => false

function connect(embedded: Embedded): Database {
  return createDatabase({ name: 'faults', connection: embedded.connection, limits: { coolDownMs: 20 } })
}

function insert(db: Database, id: number): Promise<void> {
  return db.transaction(async (tx) => tx.execute('INSERT INTO kept VALUES ($1)', [id]))
}

async function kept(db: Database): Promise<number[]> {
  return (await db.query<{ id: number }>('SELECT id FROM kept ORDER BY id')).map((row) => row.id)
}

interface Parent {
  readonly process: ChildProcess
  /** The server's process. */
  readonly ready: Promise<{ pid: number }>
  readonly exited: Promise<number | null>
  insert(id: number): Promise<void>
}

/** A process in a group of its own that starts the server, inserts what it is told, ignores Ctrl-C and ends on `stop` or `throw`. */
function startParent(folder: string): Parent {
  const script = `
    const { createDatabase, startEmbedded } = await import(${JSON.stringify(new URL('../index.ts', import.meta.url).href)})
    const { createInterface } = await import('node:readline')
    process.on('SIGINT', () => {})
    const embedded = await startEmbedded({ folder: ${JSON.stringify(folder)} })
    const db = createDatabase({ name: 'parent', connection: embedded.connection })
    console.log(JSON.stringify({ pid: embedded.processId }))
    for await (const line of createInterface({ input: process.stdin })) {
      if (line === 'stop') break
      if (line === 'throw') throw new Error('uncaught')
      await db.transaction(async (tx) => tx.execute('INSERT INTO kept VALUES ($1)', [Number(line)]))
      console.log(line)
    }
    await db.stop()
    await embedded.stop()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const lines = readLines(child)
  return {
    process: child,
    ready: lines().then((line) => JSON.parse(line) as { pid: number }),
    exited: new Promise((resolve) => child.once('exit', resolve)),
    async insert(id) {
      child.stdin.write(`${id}\n`)
      assert.equal(await lines(), String(id))
    },
  }
}

/** The next line of standard output at each call. */
function readLines(child: ChildProcess): () => Promise<string> {
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]()
  return async () => {
    const { value, done } = await lines.next()
    assert.ok(!done, 'the process ended before it said anything')
    return value
  }
}

async function isAlive(pid: number): Promise<boolean> {
  return (await readCommand(pid)) !== ''
}

async function mountSmallDisk(path: string): Promise<null> {
  await promisify(execFile)('mount', ['-t', 'tmpfs', '-o', 'size=96m,mode=0711', 'tmpfs', path])
  return null
}

/** Writes until only `freeMegabytes` are left. */
async function fill(path: string, freeMegabytes: number): Promise<void> {
  const { stdout } = await promisify(execFile)('df', ['--output=avail', '-B1', join(path, '..')])
  const bytes = Number(stdout.split('\n')[1]) - freeMegabytes * 1024 * 1024
  const file = await open(path, 'w')
  for (let left = bytes; left > 0; left -= 1 << 20) await file.write(Buffer.alloc(Math.min(left, 1 << 20)))
  await file.close()
}
