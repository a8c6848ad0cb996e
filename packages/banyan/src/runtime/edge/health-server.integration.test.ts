import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock as clock } from '../../core/index.ts'
import { createMetrics } from '../../observe/index.ts'
import { openHealthServer, parseHealthAddress } from './health-server.ts'

test('live at once; ready when what must answer does; not ready while it drains', async () => {
  const health = await openHealthServer({ ...LOCAL, clock, metrics: createMetrics(), metricsToken: null })
  const ask = async (path: string) => {
    const response = await fetch(`${health.url}${path}`)
    return [response.status, await response.text()] as const
  }
  let isAway = true
  assert.deepEqual(await ask('/health/live'), [200, '{"status":"live"}\n'])
  assert.match((await ask('/health/ready')).join(' '), /^503 .*this process is starting/)
  health.ready({ 'database of orders': async () => (isAway ? Promise.reject(new Error('away')) : undefined) })
  assert.match((await ask('/health/ready')).join(' '), /^503 .*"missing":\["database of orders"\]/)
  isAway = false
  assert.deepEqual(await ask('/health/ready'), [200, '{"status":"ready"}\n'])
  health.drain()
  assert.match((await ask('/health/ready')).join(' '), /^503 .*this process is stopping/)
  assert.equal((await ask('/admin'))[0], 404)
  await health.stop()
  await health.stop()
})

test('figures are for this machine: whoever comes through a proxy must show the token', async () => {
  const health = await openHealthServer({ ...LOCAL, clock, metrics: createMetrics(), metricsToken: 'figures' })
  const status = async (headers: Record<string, string>) => (await fetch(`${health.url}/metrics`, { headers })).status
  const proxied = { 'x-forwarded-for': '10.0.0.1' }
  assert.equal(await status({}), 200)
  assert.equal(await status(proxied), 404)
  assert.equal(await status({ ...proxied, authorization: 'Bearer wrong' }), 404)
  assert.equal(await status({ ...proxied, authorization: 'Bearer figures' }), 200)
  await health.stop()
})

test('a port that is taken, and an address that is none, say what to do', async () => {
  const options = { ...LOCAL, clock, metrics: createMetrics(), metricsToken: null }
  const first = await openHealthServer(options)
  const port = Number(new URL(first.url).port)
  await assert.rejects(
    openHealthServer({ ...options, port }),
    /port \d+ of 127\.0\.0\.1 cannot be opened \(EADDRINUSE\)/,
  )
  await first.stop()
  assert.deepEqual(parseHealthAddress('[::1]:9464'), { host: '::1', port: 9464 })
  for (const text of ['9464', 'a:b', 'a:99999']) assert.throws(() => parseHealthAddress(text), /must be host:port/)
})

const LOCAL = { host: '127.0.0.1', port: 0 }
