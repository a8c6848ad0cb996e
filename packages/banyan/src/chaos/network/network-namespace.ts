import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { Partition } from './partition.ts'
import type { Place } from './tcp-proxy.ts'

const run = promisify(execFile)
const RELAY = new URL('./network-relay.ts', import.meta.url).pathname

/**
 * A network namespace with a relay in it, from where the target's unix socket is reached: a path in the file system, which is no
 * part of a network. Between here and there is a switch, in a namespace of its own, and the cut is inside it: both ends keep their
 * link and their routes, so that packets are lost on the way and nobody hears of it. @throws where nobody may make one.
 */
export async function openNamespace(target: Place): Promise<Partition> {
  const [server, between] = [`banyan-${process.pid}`, `banyan-${process.pid}-switch`]
  const [near, nearPort, farPort, far] = ['a', 'b', 'c', 'd'].map((end) => `bn${process.pid}${end}`) as Names
  const [here, there] = addressesOf(process.pid)
  const inSwitch = (...args: readonly string[]) => ip('-n', between, 'link', ...args)
  await using made = new AsyncDisposableStack()
  for (const name of [server, between]) {
    await ip('netns', 'add', name)
    // Takes with it what has an end there.
    made.defer(() => ip('netns', 'del', name))
  }
  await ip('link', 'add', near, 'type', 'veth', 'peer', 'name', nearPort, 'netns', between)
  await ip('-n', server, 'link', 'add', far, 'type', 'veth', 'peer', 'name', farPort, 'netns', between)
  await inSwitch('add', 'switch', 'type', 'bridge')
  for (const port of [nearPort, farPort]) await inSwitch('set', port, 'master', 'switch')
  for (const device of [nearPort, farPort, 'switch']) await inSwitch('set', device, 'up')
  await ip('addr', 'add', `${here}/30`, 'dev', near)
  await ip('link', 'set', near, 'up')
  await ip('-n', server, 'addr', 'add', `${there}/30`, 'dev', far)
  await ip('-n', server, 'link', 'set', far, 'up')
  const relay = made.use(await startRelay(server, there, target))
  const all = made.move()
  const countLeft = async () => (await countSent(near)) + (await countSent(far, server))
  let before = 0
  return {
    place: { host: there, port: relay.port },
    means: `network namespace ${server}, cut off`,
    async cut() {
      await inSwitch('set', farPort, 'nomaster')
      before = await countLeft()
    },
    async heal() {
      const lost = (await countLeft()) - before
      await inSwitch('set', farPort, 'master', 'switch')
      return lost
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

type Names = [string, string, string, string]

/** Packets that left it. */
async function countSent(device: string, namespace?: string): Promise<number> {
  const where = namespace === undefined ? [] : ['-n', namespace]
  const { stdout } = await run('ip', [...where, '-json', '-stats', 'link', 'show', 'dev', device])
  return (JSON.parse(stdout) as [{ stats64: { tx: { packets: number } } }])[0].stats64.tx.packets
}

/** A network of four addresses for each process id, out of those that are set aside for tests of networks (RFC 2544). */
function addressesOf(processId: number): readonly [string, string] {
  const first = (processId % 2 ** 15) * 4
  const base = `198.${18 + (first >> 16)}.${(first >> 8) & 255}`
  return [`${base}.${(first & 255) + 1}`, `${base}.${(first & 255) + 2}`]
}

async function startRelay(namespace: string, host: string, target: Place): Promise<AsyncDisposable & { port: number }> {
  const args = ['netns', 'exec', namespace, process.execPath, RELAY, host, JSON.stringify(target)]
  const child = spawn('ip', args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const listening = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>
  const [port] = await Promise.race([listening, exited.then(endedEarly)])
  return {
    port: Number(port),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

function endedEarly(): never {
  throw new Error('the relay in the network namespace ended before it listened')
}

async function ip(...args: readonly string[]): Promise<void> {
  await run('ip', [...args])
}
