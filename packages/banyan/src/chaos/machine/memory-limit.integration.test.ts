import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { describe, test, type TestContext } from 'node:test'
import { findGroups, limitData, limitMemory } from './memory-limit.ts'

const ROOM_BYTES = 4 * 2 ** 20

describe('a limit of memory', () => {
  test('stands inside the group of the process, or beside it where groups with processes have none inside', () => {
    const v1 = '9:name=systemd:/a\n4:cpu,memory:/jobs/7\n0::/a\n'
    assert.deepEqual(
      findGroups(v1, false).map(({ version, folder }) => [version, folder]),
      [['v1', '/sys/fs/cgroup/memory/jobs/7/banyan-chaos']],
    )
    const v2 = '0::/system.slice/shop.service\n'
    assert.deepEqual(
      findGroups(v2, true).map(({ version, folder }) => [version, folder]),
      [['v2', '/sys/fs/cgroup/system.slice/banyan-chaos']],
    )
    assert.deepEqual(findGroups(v2, false), [])
    assert.deepEqual(findGroups('', false), [])
  })

  test('ends a process that takes more, and counts it', async (t) => {
    const hungry = await startHungry(t)
    await using limit = await limitMemory(hungry.pid!, ROOM_BYTES)
    assert.ok(limit, 'there is no way of limiting memory here')
    hungry.stdin!.write('eat\n')
    const [, signal] = (await once(hungry, 'exit')) as [number | null, NodeJS.Signals | null]
    const kills = await limit.countKills()
    if (kills === null) assert.equal(signal, 'SIGABRT', limit.means)
    else assert.deepEqual([signal, kills], ['SIGKILL', 1], limit.means)
  })

  test('without groups the kernel refuses what is too much, and V8 ends the process', async (t) => {
    const hungry = await startHungry(t)
    await using limit = await limitData(hungry.pid!, ROOM_BYTES)
    assert.equal(limit.means, 'RLIMIT_DATA')
    hungry.stdin!.write('eat\n')
    const [, signal] = (await once(hungry, 'exit')) as [number | null, NodeJS.Signals | null]
    assert.equal(signal, 'SIGABRT')
  })
})

/** Takes memory once it is told to. */
async function startHungry(t: TestContext): Promise<ChildProcess> {
  const program = `
    const kept = []
    process.stdin.once('data', () => { for (;;) kept.push(new Array(1e5).fill(kept.length)) })
    console.log('ready')`
  const child = spawn(process.execPath, ['--eval', program], { stdio: ['pipe', 'pipe', 'ignore'] })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}
