import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { systemClock } from '../../core/index.ts'
import { silentLogger } from '../../observe/index.ts'
import type { ControlAnswer } from './control-protocol.ts'
import { serveControl } from './control-server.ts'
import type { Fleet } from './fleet.ts'

/** Of a topology whose processes all have ended. */
const fleet = { instances: () => [] } as Partial<Fleet> as Fleet
const topology = { name: 'shop', processes: [{ name: 'web', services: [], gateway: true }] }

test('only what is asked for by name is done; anything else is answered with what there is', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-control-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'control.sock')
  const control = await serveControl({ path, fleet, topology, clock: systemClock, logger: silentLogger })
  t.after(() => control.stop())
  const ask = async (request: string): Promise<ControlAnswer> => {
    const socket = connect(path)
    await once(socket, 'connect')
    socket.write(`${request}\n`)
    return JSON.parse((await text(socket)).split('\n')[0]!) as ControlAnswer
  }

  const faults: readonly (readonly [request: string, says: RegExp])[] = [
    ['{"command":"stop","processes":[]}', /'command' must be one of status, rollout, got "stop"/],
    ['{"processes":[]}', /must have .*command/],
    ['{"command":"rollout"}', /must have .*processes/],
    ['{"command":"rollout","processes":"web"}', /'processes' must be a list, got "web"/],
    ['{"command":"rollout","processes":[],"force":true}', /\(force\); it may have command, processes/],
    ['[]', /must be an object/],
    ['null', /must be an object/],
    ['stop', /A request is one line of JSON/],
  ]
  for (const [request, says] of faults) {
    const answer = await ask(request)
    assert.ok(answer.kind === 'failed' && answer.isUsage, `${request}: ${JSON.stringify(answer)}`)
    assert.match(answer.message, says, request)
  }
  assert.equal((await ask('{"command":"status"}')).kind, 'status')
  assert.deepEqual(await ask('{"command":"rollout","processes":["web"]}'), { kind: 'done' })
})
