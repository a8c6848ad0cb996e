import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { BANYAN } from './testing/shop-child.ts'

test('a process whose start fails tells its supervisor and ends, so that another is started in its place', async (t) => {
  const child = spawn(process.execPath, [BANYAN, 'serve', 'orders'], {
    env: {
      ...process.env,
      BANYAN_TOPOLOGY: 'microservices',
      BANYAN_SUPERVISOR: String(process.pid),
      BANYAN_PROCESS: 'orders-1',
    },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  t.after(() => child.kill('SIGKILL'))
  const told = once(child, 'message')
  const ended = once(child, 'exit')
  child.send({ kind: 'settings', settings: { BANYAN_SECRET: 'too short' } })
  assert.equal(((await told)[0] as { readonly kind: string }).kind, 'failed')
  const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null]
  assert.deepEqual([code !== 0, signal], [true, null])
})
