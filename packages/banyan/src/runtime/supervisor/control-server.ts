import { once } from 'node:events'
import { chmod } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { coreErrors, isDeclared, isError, type Clock } from '../../core/index.ts'
import type { Logger } from '../../observe/index.ts'
import type { Topology } from '../topology/topology.ts'
import {
  MAX_LINE_BYTES,
  noRequest,
  parseControlRequest,
  type ControlAnswer,
  type ControlRequest,
  type FleetStatus,
} from './control-protocol.ts'
import type { Fleet } from './fleet.ts'
import { rollOut } from './roll-out.ts'

export interface ControlOptions {
  readonly path: string
  readonly fleet: Fleet
  readonly topology: Topology
  readonly clock: Clock
  readonly logger: Logger
}

/** Where commands speak to the supervisor: a unix socket that only its user can open. */
export interface Control {
  stop(): Promise<void>
}

export async function serveControl(options: ControlOptions): Promise<Control> {
  const sockets = new Set<Socket>()
  const answer = createAnswerer(options)
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // Who asks may go away before the answer: what it asked for goes on.
    socket.on('error', () => socket.destroy())
    void converse(socket, answer)
  })
  server.listen(options.path)
  await once(server, 'listening')
  await chmod(options.path, 0o600)
  return {
    async stop() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

type Tell = (answer: ControlAnswer) => void
type Answerer = (request: ControlRequest, tell: Tell) => Promise<void>

async function converse(socket: Socket, answer: Answerer): Promise<void> {
  const tell: Tell = (line) => void (socket.writable && socket.write(`${JSON.stringify(line)}\n`))
  try {
    await answer(await readRequest(socket), tell)
    tell({ kind: 'done' })
  } catch (error) {
    const message = isDeclared(error) || error instanceof Error ? error.message : String(error)
    tell({ kind: 'failed', message, isUsage: isError(error, coreErrors.INVALID_OPTIONS) })
  }
  socket.end()
}

async function readRequest(socket: Socket): Promise<ControlRequest> {
  let text = ''
  for await (const chunk of socket.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += String(chunk)
    const end = text.indexOf('\n')
    if (end >= 0) return parseControlRequest(text.slice(0, end))
    if (text.length > MAX_LINE_BYTES) break
  }
  throw noRequest()
}

function createAnswerer({ fleet, topology, logger }: ControlOptions): Answerer {
  let rolling: Promise<void> | null = null

  return async (request, tell) => {
    if (request.command === 'status') return tell({ kind: 'status', status: statusOf(fleet, topology) })
    if (rolling)
      throw coreErrors.INVALID_OPTIONS({ subject: 'The rollout', faults: 'Another one is under way. Wait for it.' })
    const onProgress = (text: string) => {
      logger.info({}, text)
      tell({ kind: 'progress', text })
    }
    rolling = rollOut({ fleet, topology, processes: request.processes, onProgress })
    return rolling.finally(() => (rolling = null))
  }
}

function statusOf(fleet: Fleet, { name }: Topology): FleetStatus {
  return {
    topology: name,
    processId: process.pid,
    instances: fleet.instances().map((instance) => ({
      id: instance.id,
      process: instance.plan.name,
      services: instance.plan.services,
      gateway: instance.plan.gateway,
      state: instance.state,
      processId: instance.processId,
      restarts: instance.restarts,
      version: instance.ready?.version ?? null,
      address: instance.ready?.address ?? instance.ready?.url ?? null,
      health: instance.ready?.health ?? null,
      since: new Date(instance.sinceMs).toISOString(),
    })),
  }
}
