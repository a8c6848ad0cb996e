/** One process that serves a service. */
export interface Instance {
  /** Unique among living ones: `orders-1`. */
  readonly id: string
  /** `tcp://host:port` or `unix:///path`. */
  readonly address: string
}

/** Knows which processes serve a service, and says when that changes. */
export interface Discovery {
  /**
   * Calls `onChange` at once with what is known and again at every change, always with the whole list; an unreachable
   * source keeps the last list. The returned function ends it.
   */
  watch(service: string, onChange: (instances: readonly Instance[]) => void): () => void
  /** Ends timers and connections. Idempotent. */
  stop(): Promise<void>
}
