import type { Clock } from '../../core/index.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** The link through which everybody comes who calls the app: its port stays when the app comes back under another. */
export function startClientLink(urlOf: () => string, clock: Clock): Promise<TcpProxy> {
  return startTcpProxy({ clock, targetOf: () => placeOf(urlOf()) })
}

/** As the app has said where it is reached. */
function placeOf(url: string): { host: string; port: number } | null {
  if (url === '') return null
  const { hostname, port } = new URL(url)
  return { host: hostname, port: Number(port) }
}
