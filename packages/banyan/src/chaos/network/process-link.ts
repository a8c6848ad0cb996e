import { watch } from 'node:fs'
import { link, mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../core/index.ts'
import { startTcpProxy, type Link, type LinkState, type TcpProxy } from './tcp-proxy.ts'

/** `orders-1.3.sock`: each life of a process has one of its own, the supervisor's has another form. */
const SOCKET = /^[\w-]+\.\d+\.sock$/

export interface ProcessLink extends Link, AsyncDisposable {
  /** Sockets that it stands before. */
  readonly size: number
}

/**
 * Stands between the processes of a fleet without their knowledge: as soon as one listens at its socket, the socket gets
 * another name and a relay takes its path. Who connected in the instant between goes past it; what it harms is counted, not assumed.
 */
export async function standBetweenProcesses(folder: string, clock: Clock): Promise<ProcessLink> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const relays = new Map<string, TcpProxy | null>()
  const working = new Set<Promise<void>>()
  let state: LinkState = 'sound'
  const watcher = watch(folder, (_, name) => {
    if (name === null || !SOCKET.test(name) || relays.has(name)) return
    relays.set(name, null)
    const work = standBefore(name).finally(() => working.delete(work))
    working.add(work)
  })
  const standing = () => [...relays.values()].filter((relay) => relay !== null)

  return {
    get size() {
      return standing().length
    },
    get harmed() {
      return standing().reduce((sum, { harmed }) => sum + harmed, 0)
    },
    set(next) {
      state = next
      for (const relay of standing()) relay.set(next)
    },
    async [Symbol.asyncDispose]() {
      watcher.close()
      await Promise.all(working)
      await Promise.all(standing().map((relay) => relay.stop()))
    },
  }

  async function standBefore(name: string): Promise<void> {
    const outside = join(folder, name)
    const [inside, beside] = [`${outside}~`, `${outside}+`]
    const relay = await startTcpProxy({ clock, path: beside, targetOf: () => ({ path: inside }) })
    try {
      // A second name first: for a process that looks at its own socket at this moment it must be there.
      await link(outside, inside)
      await rename(beside, outside)
    } catch {
      return relay.stop() // it has ended already, and its socket is gone
    }
    relay.set(state)
    relays.set(name, relay)
  }
}
