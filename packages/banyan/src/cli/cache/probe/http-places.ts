import { CommandFault, usageFault } from '../../terminal/fail.ts'
import { ask } from '../../gateway-url.ts'
import type { Place } from './place.ts'

export interface HttpPlaceOptions {
  readonly path: string
  /** The longest that a gateway's copy, and one of a shared cache, may be shown after a change. */
  readonly boundMs: number
  readonly sharedBoundMs: number
  /** The entity tag of a state. */
  readonly tagOf: (versions: string) => string
}

/** The layers that are asked by URL. The first gateway is the one that is written through: its readers are owed the write at once. */
export function httpPlaces(gateways: readonly string[], cdns: readonly string[], options: HttpPlaceOptions): Place[] {
  const { path, boundMs, sharedBoundMs, tagOf } = options
  const read = async (base: string, headers: Record<string, string> = {}): Promise<Response> => {
    const response = await ask(new URL(path, base), { headers })
    await response.arrayBuffer()
    if (response.status !== 200 && response.status !== 304) throw unexpected(base, response.status)
    return response
  }
  return [
    ...gateways.flatMap((base, index): Place[] => {
      const bound = index === 0 ? 0 : boundMs
      const revalidate = async (before: string) => {
        const response = await read(base, { 'if-none-match': tagOf(before) })
        return response.status === 304 ? before : versionsOf(response)
      }
      return [
        { layer: 'browser', where: base, boundMs: bound, look: revalidate },
        { layer: 'l1', where: base, boundMs: bound, look: async () => versionsOf(await read(base)) },
      ]
    }),
    ...cdns.map((base) => ({
      layer: 'cdn',
      where: base,
      boundMs: sharedBoundMs,
      look: async () => versionsOf(await read(base)),
      holds: async () => isCopy(await read(base)),
    })),
    ...gateways.slice(-1).map((base) => ({
      layer: 'database',
      where: `${base}, with the writer's token`,
      boundMs: 0,
      look: async (_: string, token: string | null) =>
        versionsOf(await read(base, token === null ? {} : { 'consistency-token': token })),
    })),
  ]
}

/** Of an answer that says what it is made of: `"v2-p17.s903"`, with a suffix for its coding; `null`: it does not say. */
export function versionsOf(response: Response): string | null {
  return /^"v\d+-([a-z]+\d+(?:\.[a-z]+\d+)*)(?:-\w+)?"$/.exec(response.headers.get('etag') ?? '')?.[1] ?? null
}

/** By what caches say of themselves: RFC 9211, or what was usual before. The gateway's own `x-cache` does not begin with "hit". */
export function isCopy({ headers }: Response): boolean {
  const status = headers.get('cache-status') ?? headers.get('cf-cache-status') ?? headers.get('x-cache') ?? ''
  return headers.has('cache-status') ? /;\s*hit\b/i.test(status) : /^(tcp_)?hit\b/i.test(status)
}

function unexpected(base: string, status: number): Error {
  const fact = `${base} answers ${status} where 200 is needed.`
  if (status >= 500) return new CommandFault(`${fact} Look at what it logs, then try again.`)
  return usageFault('cache probe', `${fact} Choose a path that anybody may read.`)
}
