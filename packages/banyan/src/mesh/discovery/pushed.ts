import type { Discovery, Instance } from './discovery.ts'

/** A list that somebody else keeps: the supervisor, a test. */
export interface PushedDiscovery extends Discovery {
  /** The whole list of one service as it is now. One that equals the last is no change. */
  push(service: string, instances: readonly Instance[]): void
}

type Watcher = (instances: readonly Instance[]) => void

export function createPushedDiscovery(): PushedDiscovery {
  const known = new Map<string, readonly Instance[]>()
  const watchers = new Map<string, Set<Watcher>>()

  return {
    push(service, instances) {
      if (isSameList(known.get(service) ?? [], instances)) return
      const list = Object.freeze([...instances])
      known.set(service, list)
      for (const notify of watchers.get(service) ?? []) notify(list)
    },
    watch(service, onChange) {
      // Wrapped, because the same function may watch twice and end one of the two.
      const notify: Watcher = (instances) => onChange(instances)
      const all = watchers.get(service) ?? new Set()
      watchers.set(service, all.add(notify))
      notify(known.get(service) ?? [])
      return () => void all.delete(notify)
    },
    stop() {
      watchers.clear()
      return Promise.resolve()
    },
  }
}

function isSameList(one: readonly Instance[], other: readonly Instance[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ id, address }, index) => id === other[index]!.id && address === other[index]!.address)
  )
}
