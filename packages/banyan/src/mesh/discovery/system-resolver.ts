import { lookup, Resolver } from 'node:dns/promises'

/** What is asked of names. */
export interface DnsResolver {
  resolve4(name: string): Promise<readonly string[]>
  resolve6(name: string): Promise<readonly string[]>
  resolveSrv(name: string): Promise<readonly { readonly name: string; readonly port: number }[]>
  cancel(): void
}

/**
 * Names as every other program on the machine finds them: `/etc/hosts`, and the search domains by which Kubernetes knows
 * `orders` (`getaddrinfo`; asking the name server itself knows neither). It takes one of libuv's four threads while it
 * waits, so names are asked for one after the other: a name server that is silent must not stop password hashing and files.
 */
export function createSystemResolver(): DnsResolver {
  const records = new Resolver()
  let last: Promise<unknown> = Promise.resolve()

  async function ask(name: string, family: 4 | 6): Promise<readonly string[]> {
    const asking = last.then(() => lookup(name, { all: true, family }))
    last = asking.catch(() => null) // whoever asked is told
    return (await asking).map(({ address }) => address)
  }

  return {
    resolve4: (name) => ask(name, 4),
    resolve6: (name) => ask(name, 6),
    resolveSrv: (name) => records.resolveSrv(name),
    cancel: () => records.cancel(),
  }
}
