import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { isError, systemClock, systemRandom } from '../core/index.ts'
import { createDatabase, dataErrors, migrate, startRegistration } from '../data/index.ts'
import { defineUpcast, startConsumer } from '../events/index.ts'
import { appendEvents, createLogSource } from '../log/index.ts'
import { silentLogger } from '../observe/index.ts'
import { startTestPostgres, until } from '../testing/index.ts'
import { createTravelSchemas, openAgency, sagaIdOf, tripSaga } from './trips.fixture.ts'

const [V1, V2] = ['trips.trip-told.v1', 'trips.trip-told.v2'] as const
const EVENTS = { area: 'events', folder: new URL('../events/migrations/', import.meta.url) }
const RELEASES = {
  older: { name: 'older', release: '0.1.0' },
  newer: { name: 'newer', release: '0.2.0' },
}
type Release = keyof typeof RELEASES

test('a change of event, saga and column rolls through under load, two releases side by side', async () => {
  await using postgres = await startTestPostgres({ fsync: false })
  await createTravelSchemas(postgres)
  const folder = await mkdtemp(join(tmpdir(), 'banyan-rollout-'))
  const place = { connection: postgres.connection, schema: 'trips', role: 'banyan_trips' }
  const start = (release: Release) =>
    migrate({
      ...place,
      sources: [EVENTS, { area: 'rollout', folder: pathToFileURL(folder) }],
      process: RELEASES[release],
    })
  await using database = createDatabase({ ...place, name: 'trips' })
  const tools = { clock: systemClock, random: systemRandom, logger: silentLogger }
  const source = createLogSource({ ...tools, database, log: { producer: 'trips', shard: 0, epoch: 1 } })
  const toV2 = defineUpcast(V1, V2, (payload: object) => ({ ...payload, comfort: 'plain' }))
  const seat = tripSaga(['seat'])
  const seatAndMeal = tripSaga(['seat', 'meal'], { version: 2 })

  const open = async (release: Release) => {
    await start(release)
    const registration = startRegistration({ database, process: RELEASES[release], clock: systemClock })
    const isNewer = release === 'newer'
    const agency = await openAgency({ postgres, name: release, definitions: isNewer ? [seat, seatAndMeal] : [seat] })
    await agency.engine.start()
    const consumer = startConsumer({
      ...tools,
      database,
      sources: [source],
      limits: { minIntervalMs: 1, flushMs: 50, idlePollMs: 50 },
      definition: {
        name: 'trips.told',
        types: [isNewer ? V2 : V1],
        ...(isNewer && { upcasts: [toV2] }),
        async handle(tx, events) {
          const payloads = events.map(({ payload }) => JSON.stringify(payload))
          tx.execute('INSERT INTO told SELECT x::jsonb FROM unnest($1::text[]) AS x', [payloads])
        },
      },
    })
    /** Each in its own words: the older one knows neither the column nor the version of the event. */
    const travel = async (tripId: string) => {
      await database.transaction(async (tx) => {
        if (isNewer) tx.execute("INSERT INTO travels (trip, comfort) VALUES ($1, 'soft')", [tripId])
        else tx.execute('INSERT INTO travels (trip, old_note) VALUES ($1, $1)', [tripId])
        const payload = isNewer ? { tripId, comfort: 'soft' } : { tripId }
        appendEvents(tx, [{ type: isNewer ? V2 : V1, aggregateId: tripId, version: 1, payload }])
      })
      await agency.book(tripId)
    }
    const stop = async () => {
      await consumer.stop()
      await agency[Symbol.asyncDispose]()
      await registration.stop()
    }
    return { agency, travel, stop }
  }

  await writeFile(
    join(folder, '0001-travels.sql'),
    'CREATE TABLE travels (trip text PRIMARY KEY, old_note text); CREATE TABLE told (said jsonb);',
  )
  const older = await open('older')
  const load = (release: { travel: (id: string) => Promise<void> }, name: string, count = 40) =>
    Promise.all(Array.from({ length: count }, (_, index) => release.travel(`${name}${index}`)))
  const running = load(older, 'a')
  await writeFile(
    join(folder, '0002-comfort.sql'),
    "ALTER TABLE travels ADD COLUMN comfort text NOT NULL DEFAULT 'plain';",
  )
  const newer = await open('newer')
  await Promise.all([running, load(older, 'b'), load(newer, 'c')])
  await writeFile(join(folder, '0003-drop-note.sql'), '-- contract: 0.2.0\nALTER TABLE travels DROP COLUMN old_note;')
  await assert.rejects(start('newer'), (error) => isError(error, dataErrors.MIGRATION_TOO_EARLY))
  await Promise.all([load(newer, 'd'), older.stop()])
  assert.deepEqual(await start('newer'), ['rollout/0003-drop-note'])
  await load(newer, 'e')

  const said = () =>
    database.query<{ id: string; comfort: string | null }>(
      "SELECT said->>'tripId' AS id, said->>'comfort' AS comfort FROM told",
    )
  const sagas = () => database.query<{ id: string; status: string }>('SELECT id, status FROM banyan_sagas')
  await until(async () => (await said()).length >= 200 && (await sagas()).every(({ status }) => status === 'completed'))
  assert.equal(new Set((await said()).map(({ id }) => id)).size, 200)
  assert.equal((await said()).length, 200, 'each event once, whichever release read it')
  const ended = new Set((await sagas()).map(({ id }) => id))
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    const isOld = name < 'c'
    for (let index = 0; index < 40; index++) {
      const trip = `${name}${index}`
      assert.ok(ended.has(sagaIdOf(trip)))
      assert.deepEqual(await newer.agency.holdings(trip), isOld ? ['seat taken'] : ['meal taken', 'seat taken'])
    }
  }
  const kept = await database.query<{ comfort: string; count: number }>(
    'SELECT comfort, count(*)::int AS count FROM travels GROUP BY 1 ORDER BY 1',
  )
  assert.deepEqual(
    kept.map(({ comfort, count }) => `${comfort} ${count}`),
    ['plain 80', 'soft 120'],
  )
  await newer.stop()
  await source.stop()
  await rm(folder, { recursive: true })
})
