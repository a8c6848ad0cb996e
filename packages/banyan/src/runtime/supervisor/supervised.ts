import { shareSocket, type ListeningSocket } from '../../gateway/index.ts'
import { createPushedDiscovery, type Discovery } from '../../mesh/index.ts'
import { SUPERVISED, type FromProcess, type ToProcess } from './messages.ts'

/** What a process has of its supervisor. */
export interface Supervised {
  /** Secrets and databases, to be merged into the environment. They come when the database server is up. */
  readonly settings: Promise<Readonly<Record<string, string>>>
  readonly discovery: Discovery
  /** Where a gateway accepts. */
  readonly socket: Promise<ListeningSocket>
  /** Another instance has taken the place of this one, which ends. */
  isReplaced(): boolean
  /** Resolves when it has been handed over, or there is nobody to hear it: that is noticed by `lost`. */
  tell(message: FromProcess): Promise<void>
  /** Aborts when the supervisor is gone: whoever it started must not stay behind. */
  readonly lost: AbortSignal
}

/** The supervisor that started this process; `null`: nobody did. */
export function joinSupervisor(host: NodeJS.Process): Supervised | null {
  if (!host.send || !host.env[SUPERVISED]) return null
  const discovery = createPushedDiscovery()
  const settings = Promise.withResolvers<Readonly<Record<string, string>>>()
  const socket = Promise.withResolvers<ListeningSocket>()
  const lost = new AbortController()
  let isReplaced = false
  host.on('message', take)
  host.once('disconnect', () => lost.abort())
  return {
    settings: settings.promise,
    discovery,
    socket: socket.promise,
    isReplaced: () => isReplaced,
    tell: (message) =>
      new Promise((resolve) => {
        if (host.connected) host.send!(message, undefined, undefined, () => resolve())
        else resolve()
      }),
    lost: lost.signal,
  }

  function take(message: ToProcess, handle: unknown): void {
    if (message.kind === 'settings') return settings.resolve(message.settings)
    if (message.kind === 'socket') return socket.resolve(shareSocket(handle as object))
    if (message.kind === 'replaced') return void (isReplaced = true)
    for (const [service, instances] of Object.entries(message.services)) discovery.push(service, instances)
  }
}
