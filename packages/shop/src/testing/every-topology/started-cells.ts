import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Topology } from 'banyan/runtime'
import { startTestNats } from 'banyan/testing'
import { ADMIN_PASSWORD, BANYAN, createShopFolder } from '../../faults/testing/shop-child.ts'
import { microservices } from '../../topologies/microservices.ts'
import { monolith } from '../../topologies/monolith.ts'
import type { Cell, RunningCell } from './cell.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The shop as people start it: `banyan start`, a process of its own for each of the topology. */
export interface StartedCells {
  readonly monolith: Cell
  /** A process and a database for each service, over each wire. */
  readonly stream: Cell
  readonly http: Cell
  readonly grpc: Cell
  /** Two of each process, gateways included. */
  readonly doubled: Cell
  /** Events over a NATS of its own. */
  readonly nats: Cell
}

/** @param inherited The environment of this process. */
export function createStartedCells(inherited: Environment): StartedCells {
  const wired = (wire: NonNullable<Topology['wire']>): Cell => {
    const topology = { ...microservices, name: `microservices-${wire}`, wire }
    const what = `microservices over ${wire}`
    return { name: wire, what, start: () => startTopology({ topology, environment: inherited }) }
  }
  const instances = microservices.processes.flatMap(({ name }) => ['--instances', `${name}=2`])
  return {
    monolith: {
      name: 'monolith',
      what: 'one process, one database',
      start: () => startTopology({ topology: monolith, environment: inherited }),
    },
    stream: wired('stream'),
    http: wired('http'),
    grpc: wired('grpc'),
    doubled: {
      name: 'doubled',
      what: 'microservices, two of each process',
      start: () => startTopology({ topology: microservices, environment: inherited, flags: instances }),
    },
    nats: {
      name: 'nats',
      what: 'microservices, events over NATS JetStream',
      start: () => startWithNats(inherited),
    },
  }
}

interface TopologyStart {
  readonly topology: Topology
  readonly environment: Environment
  /** Of `banyan start`. */
  readonly flags?: readonly string[]
}

/** From a file, as a topology of one's own is started. */
async function startTopology({ topology, environment, flags = [] }: TopologyStart): Promise<RunningCell> {
  await using stack = new AsyncDisposableStack()
  const place = await mkdtemp(join(tmpdir(), 'banyan-topology-'))
  stack.defer(() => rm(place, { recursive: true, force: true }))
  const [file, outbox] = [join(place, 'topology.json'), join(place, 'mail')]
  await Promise.all([writeFile(file, JSON.stringify(topology)), mkdir(outbox)])
  const folder = stack.use(await createShopFolder({ ...environment, BANYAN_TOPOLOGY: file, MAIL_OUTBOX: outbox }))
  const { url } = await folder.start([BANYAN, 'start', ...flags])
  const ending = stack.move()
  return {
    urls: [url],
    admin: { email: 'admin@example.com', password: ADMIN_PASSWORD },
    outbox,
    async faults() {
      const { code, output } = await folder.command('audit')
      return code === 0 ? [] : output.split('\n')
    },
    [Symbol.asyncDispose]: () => ending.disposeAsync(),
  }
}

async function startWithNats(environment: Environment): Promise<RunningCell> {
  await using stack = new AsyncDisposableStack()
  const nats = stack.use(await startTestNats())
  const natsSettings = { ...environment, NATS_URL: nats.url }
  const shop = stack.use(await startTopology({ topology: microservices, environment: natsSettings }))
  const ending = stack.move()
  return { ...shop, [Symbol.asyncDispose]: () => ending.disposeAsync() }
}
