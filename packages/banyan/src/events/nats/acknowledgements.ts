/** Messages that may be acknowledged once every reader has applied them, in the order in which they came. */
export interface Acknowledgements {
  /** @param acknowledge acknowledges this message and all before it. */
  add(position: number, acknowledge: () => void): void
  /** A message that brings nothing: it waits for those before it. */
  pass(acknowledge: () => void): void
  /** As `LogSource.applied`. */
  applied(reader: string, position: number | null): void
  /** Forgets the messages: their subscription has ended, and they will come again. */
  clear(): void
}

export function createAcknowledgements(): Acknowledgements {
  const readers = new Map<string, number>()
  let waiting: { readonly position: number; readonly acknowledge: () => void }[] = []

  return {
    add(position, acknowledge) {
      waiting.push({ position, acknowledge })
    },
    pass(acknowledge) {
      const last = waiting.at(-1)
      if (last) waiting.push({ position: last.position, acknowledge })
      else acknowledge()
    },
    applied(reader, position) {
      if (position === null) readers.delete(reader)
      else readers.set(reader, position)
      settle(Math.min(...readers.values()))
    },
    clear() {
      waiting = []
    },
  }

  /** One message stands for all before it, so only the last is told. */
  function settle(position: number): void {
    const end = waiting.findIndex((message) => message.position > position)
    const count = end < 0 ? waiting.length : end
    if (count === 0 || readers.size === 0) return
    waiting[count - 1]!.acknowledge()
    waiting = waiting.slice(count)
  }
}
