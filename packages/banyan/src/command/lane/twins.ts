import { coreErrors } from '../../core/index.ts'

/** Calls of one key in this process, joined in memory before any connection is taken. */
export interface Twins<Value extends object> {
  /**
   * Runs `start`, unless a call of the same name is running: then waits for that one and marks the result `joined`.
   * @throws `api.KEY_REUSED` when the running call has another fingerprint.
   */
  join(
    name: string,
    fingerprint: Buffer | null,
    start: () => Promise<Value>,
  ): Promise<Value & { readonly joined?: boolean }>
}

export function createTwins<Value extends object>(): Twins<Value> {
  const running = new Map<string, { readonly fingerprint: Buffer | null; readonly result: Promise<Value> }>()
  return {
    async join(name, fingerprint, start) {
      const twin = running.get(name)
      if (twin) {
        if (fingerprint && twin.fingerprint && !fingerprint.equals(twin.fingerprint)) throw coreErrors.KEY_REUSED()
        return { ...(await twin.result), joined: true }
      }
      const result = start()
      running.set(name, { fingerprint, result })
      try {
        return await result
      } finally {
        running.delete(name)
      }
    },
  }
}
