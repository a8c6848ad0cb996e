import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVersions, defineContract } from '../../contract/index.ts'
import { isDeclared, systemClock as clock } from '../../core/index.ts'
import { createCredentials } from '../../mesh/index.ts'
import { defineApp } from '../app.ts'
import { issueForeignToken } from './foreign-token.ts'
import { deriveSecret } from '../settings/secrets.ts'
import { defineService } from '../services/service.ts'

const BANYAN_SECRET = 'a master secret that no other test has'
const contract = defineContract({ name: 'products', operations: {} })
const app = defineApp({
  name: 'test',
  services: [defineService({ contract, migrations: new URL('.', import.meta.url), create: () => ({ handlers: {} }) })],
  versions: createVersions({ current: 1, default: 1, transforms: [] }),
  topologies: [],
  settings: {},
  authenticator: () => assert.fail('nobody asks'),
})
const common = { app, clock, caller: 'erp', service: 'products', days: 30 }

test('a foreign token proves one name to one service, and is never good for users', async () => {
  const { token, expiresAt } = await issueForeignToken({ ...common, environment: { BANYAN_SECRET } })
  const ours = createCredentials({ names: ['products'], secret: deriveSecret(BANYAN_SECRET, 'wire'), clock })
  const identity = ours.verify(token, 'products')
  assert.deepEqual([identity.names, identity.onBehalf], [['erp'], false])
  assert.ok(Math.abs(Date.parse(expiresAt) - clock.now() - 30 * 86_400_000) < 10_000)
  assert.throws(() => ours.verify(token, 'orders'), /its token is for 'products'/)
  const others = createCredentials({ names: ['products'], secret: deriveSecret('x'.repeat(32), 'wire'), clock })
  assert.throws(() => others.verify(token, 'products'), /no token of ours/)
})

test('a name of our own, a service that there is not and a missing secret are reported at once', async () => {
  const environment = { BANYAN_DATA: '/nowhere/at/all' }
  await assert.rejects(issueForeignToken({ ...common, caller: 'gateway', service: 'moon', environment }), (error) => {
    assert.ok(isDeclared(error))
    for (const part of ["'gateway' is a name of our own", "no service 'moon', only products", 'no BANYAN_SECRET']) {
      assert.ok(error.message.includes(part), `${part} is missing in ${error.message}`)
    }
    return true
  })
})
