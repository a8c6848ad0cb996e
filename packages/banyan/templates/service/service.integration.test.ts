import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { anonymous, createClient, createVersions, type Client, type Principal } from 'banyan/contract'
import { coreErrors, isError, systemClock, systemRandom } from 'banyan/core'
import { silentLogger } from 'banyan/observe'
import { auditApp, defineApp, startProcess, type RunningProcess } from 'banyan/runtime'
import { myNotes } from './contract.ts'
import { myNotesService } from './service.ts'

/** The service alone, over a PostgreSQL of its own: real commands, keys, events and migrations. */
const app = defineApp({
  name: 'my-notes',
  services: [myNotesService],
  versions: createVersions({ current: 1, default: 1, transforms: [] }),
  topologies: [{ name: 'monolith', processes: [{ name: 'trunk', services: ['my-notes'], gateway: true }] }],
  settings: {},
  authenticator: () => ({ authenticate: () => ({ principal: anonymous, client: null }) }),
})

const user = (id: string): Principal => ({ kind: 'user', id, role: 'customer', scopes: null, sessionId: null })

describe('my-notes', () => {
  let running: RunningProcess
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'my-notes-'))
    running = await startProcess({ app, environment: { BANYAN_DATA: folder }, mode: 'tools', logger: silentLogger })
  })

  after(async () => {
    await running?.stop()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  function clientOf(id: string): Client<typeof myNotes> {
    return createClient(myNotes, running.wire, { principal: user(id), clock: systemClock, random: systemRandom })
  }

  test('entries added at the same time are numbered without gap, each is found, and the list pages through them', async () => {
    const client = clientOf('1')
    await Promise.all(Array.from({ length: 20 }, (_, at) => client.addEntry({ userId: '1', text: `entry ${at}` })))
    const first = await client.listEntries({ userId: '1', limit: 15 })
    const rest = await client.listEntries({ userId: '1', limit: 15, cursor: first.nextCursor! })
    assert.deepEqual(
      [...first.items, ...rest.items].map(({ number }) => number),
      Array.from({ length: 20 }, (_, at) => at + 1),
    )
    assert.equal(rest.nextCursor, null)
    assert.deepEqual(await client.getEntry({ userId: '1', number: 7 }), first.items[6])
    const none = client.getEntry({ userId: '1', number: 21 })
    await assert.rejects(none, (error) => isError(error, coreErrors.NOT_FOUND))
  })

  test('a repeat of a key gets the first answer again, and nothing is done twice', async () => {
    const client = clientOf('2')
    const ask = () => client.addEntry.reply({ userId: '2', text: 'once' }, { key: 'key-1' })
    const [first, second] = [await ask(), await ask()]
    assert.equal(second.replayed, true)
    assert.deepEqual(second.data, first.data)
    assert.equal((await client.listEntries({ userId: '2' })).items.length, 1)
  })

  test('somebody else finds nothing', async () => {
    await assert.rejects(clientOf('3').listEntries({ userId: '1' }), (error) => isError(error, coreErrors.NOT_FOUND))
  })

  test('the audit holds', async () => {
    const findings = await auditApp({ app, running, journal: null })
    assert.deepEqual(
      findings.filter(({ verdict }) => verdict === 'broken'),
      [],
    )
    assert.ok(findings.some(({ invariant, checked }) => invariant === 'my-notes.numbered-without-gap' && checked >= 2))
  })
})
