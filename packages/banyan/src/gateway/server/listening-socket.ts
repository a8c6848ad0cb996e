import { lookup } from 'node:dns/promises'
import net from 'node:net'
import { constants } from 'node:os'
import { coreErrors } from '../../core/index.ts'

/**
 * A socket that one process holds and others accept from: while any of them lives no connection is refused, and those
 * that wait in the kernel's queue go to whoever is left.
 */
export interface ListeningSocket {
  /** The same socket in this process, as `node:child_process` hands it over and `node:net` listens on it. */
  readonly handle: object
  readonly address: { readonly host: string; readonly port: number }
}

/**
 * Binds without accepting: that is for the processes that get the handle. `net.Server` cannot (it accepts from the moment
 * it listens), so this is what `node:cluster` itself uses for shared handles since Node 0.11.
 * @throws `api.INVALID_OPTIONS` when the port is taken or the host is none of this machine's.
 */
export async function openListeningSocket(host: string, port: number): Promise<ListeningSocket & Disposable> {
  const { address, family } = await lookup(host).catch((cause: unknown) => {
    throw unusable(`host ${JSON.stringify(host)} is not known. Set HOST to an address of this machine.`, cause)
  })
  const handle = createServerHandle(address, port, family)
  // A port that is taken is found when the name of the socket is asked for: libuv keeps that fault for later.
  const fault = typeof handle === 'number' ? handle : handle.getsockname({})
  if (fault !== 0) throw unusable(describe(fault, { host, port }))
  const bound = handle as ServerHandle
  return { ...shareSocket(bound), [Symbol.dispose]: () => bound.close() }
}

/** What came from another process. */
export function shareSocket(handle: object): ListeningSocket {
  const bound: { address?: string; port?: number } = {}
  ;(handle as ServerHandle).getsockname(bound)
  return { handle, address: { host: bound.address!, port: bound.port! } }
}

interface ServerHandle {
  getsockname(out: object): number
  close(): void
}

function createServerHandle(address: string, port: number, family: number): ServerHandle | number {
  const internal = net as unknown as {
    _createServerHandle(address: string, port: number, family: number): ServerHandle | number
  }
  return internal._createServerHandle(address, port, family)
}

/** What failed to listen, with the cure where the cause is one that people can mend. */
export function portFailure(error: unknown, address: ListeningSocket['address']): unknown {
  const { errno: fault } = error as NodeJS.ErrnoException
  return fault !== undefined && FAULTS.some(([name]) => fault === -errno[name])
    ? unusable(describe(fault, address), error)
    : error
}

function describe(fault: number, { host, port }: ListeningSocket['address']): string {
  const reason = FAULTS.find(([name]) => fault === -errno[name])?.[1] ?? `cannot be opened (error ${fault})`
  return `port ${port} of ${host} ${reason}. Set PORT or HOST to another one.`
}

const { errno } = constants
const FAULTS = [
  ['EADDRINUSE', 'is taken by another process'],
  ['EACCES', 'may not be opened by this user'],
  ['EADDRNOTAVAIL', 'is no address of this machine'],
] as const

function unusable(faults: string, cause?: unknown): Error {
  return coreErrors.INVALID_OPTIONS({ subject: 'The gateway', faults }, { cause })
}
