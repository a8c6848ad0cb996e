import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secretsOf } from './programs.ts'

const given = {
  environment: { REDIS_URL: 'redis://127.0.0.1:6379', NATS_URL: 'nats://127.0.0.1:4222' },
  app: { settings: {} } as never,
  secrets: { masterSecret: 'master', tokenKeys: 'keys' } as never,
  databases: new Map([['orders', { host: '127.0.0.1', port: 5432, user: 'orders', database: 'shop' } as never]]),
}

test('a process is handed the addresses that it uses: Redis where there is a gateway, the broker where there is a service', () => {
  const gateway = secretsOf({ services: [], gateway: true }, given)
  assert.deepEqual([gateway.REDIS_URL, gateway.NATS_URL], ['redis://127.0.0.1:6379', undefined])
  const service = secretsOf({ services: ['orders'], gateway: false }, given)
  assert.deepEqual([service.REDIS_URL, service.NATS_URL], [undefined, 'nats://127.0.0.1:4222'])
})
