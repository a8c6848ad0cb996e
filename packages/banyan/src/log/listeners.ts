/** Who wants to know that there is more. */
export interface Listeners {
  /** The returned function ends it. The same function may be added twice and is then called twice. */
  readonly add: (wake: () => void) => () => void
  wake(): void
  count(): number
}

export function createListeners(): Listeners {
  const listeners = new Set<() => void>()

  return {
    add(wake) {
      const listener = () => wake()
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    wake() {
      for (const listener of listeners) listener()
    },
    count: () => listeners.size,
  }
}
