import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { coreErrors } from '../../core/index.ts'
import { runtimeErrors } from '../runtime-errors.ts'
import type { ControlAnswer, ControlRequest, FleetStatus } from './control-protocol.ts'
import { findControlSocket } from './run-folder.ts'

/** What processes run under the supervisor of this data folder. @throws `runtime.NO_SUPERVISOR` */
export async function askStatus(dataFolder: string): Promise<FleetStatus> {
  for await (const answer of ask(dataFolder, { command: 'status' })) {
    if (answer.kind === 'status') return answer.status
  }
  throw coreErrors.UNAVAILABLE({ what: 'The supervisor' })
}

/** Replaces instances one after the other; yields what happens, in sentences. @throws what went wrong. */
export async function* askRollout(dataFolder: string, processes: readonly string[]): AsyncGenerator<string, void> {
  for await (const answer of ask(dataFolder, { command: 'rollout', processes: [...processes] })) {
    if (answer.kind === 'progress') yield answer.text
  }
}

/** One data folder, one supervisor. @throws `runtime.SUPERVISED` while one lives. */
export async function refuseSecondSupervisor(path: string, dataFolder: string): Promise<void> {
  const socket = await open(path)
  if (!socket) return
  socket.destroy()
  throw runtimeErrors.SUPERVISED({ folder: dataFolder })
}

async function* ask(dataFolder: string, request: ControlRequest): AsyncGenerator<ControlAnswer, void> {
  const socket = await open(findControlSocket(dataFolder))
  if (!socket) throw nobodyThere(dataFolder)
  try {
    socket.write(`${JSON.stringify(request)}\n`)
    for await (const line of createInterface({ input: socket })) {
      const answer = JSON.parse(line) as ControlAnswer
      if (answer.kind === 'done') return
      if (answer.kind === 'failed') throw toError(answer)
      yield answer
    }
  } finally {
    socket.destroy()
  }
  throw coreErrors.UNAVAILABLE({ what: 'The supervisor' })
}

/** `null`: nobody listens there. */
async function open(path: string): Promise<Socket | null> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return socket
  } catch (error) {
    if (GONE.has((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

const GONE = new Set(['ENOENT', 'ECONNREFUSED'])

function nobodyThere(dataFolder: string): Error {
  return runtimeErrors.NO_SUPERVISOR({ folder: dataFolder })
}

function toError({ message, isUsage }: Extract<ControlAnswer, { readonly kind: 'failed' }>): Error {
  const [subject = '', ...faults] = message.split(': ')
  return isUsage ? coreErrors.INVALID_OPTIONS({ subject, faults: faults.join(': ') }) : new Error(message)
}
