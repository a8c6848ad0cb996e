import type { Logger } from '../../observe/index.ts'
import { type Postmaster, type PostmasterOptions, startPostmaster } from './postmaster.ts'

/** A server that is started again when it ends by itself. */
export interface Keeper {
  readonly processId: number
  stop(): Promise<void>
}

const RESTART_MS = { first: 100, cap: 5_000 }

/** Starts the server again whenever it ends by itself, after 0.1 s, 0.2 s … 5 s, for as long as it takes (a full disk may be freed). */
export function keepRunning(first: Postmaster, how: PostmasterOptions, logger: Logger | null): Keeper {
  let current = first
  const stopping = new AbortController()
  const killWithUs = () => current.interrupt()
  process.once('exit', killWithUs)
  const watching = watch()

  return {
    get processId() {
      return current.processId
    },
    async stop() {
      process.removeListener('exit', killWithUs)
      stopping.abort()
      await watching
      await current.stop()
    },
  }

  async function watch(): Promise<void> {
    const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()))
    for (;;) {
      await Promise.race([current.exited, stopped])
      if (stopping.signal.aborted) return
      logger?.error({ log: how.place.log }, 'the embedded PostgreSQL ended by itself; starting it again')
      await restart()
    }
  }

  async function restart(): Promise<void> {
    for (let pauseMs = RESTART_MS.first; !stopping.signal.aborted; pauseMs = Math.min(pauseMs * 2, RESTART_MS.cap)) {
      // Only ends early by stopping, which the next line looks at.
      await how.clock.sleep(pauseMs, stopping.signal).catch(() => null)
      if (stopping.signal.aborted) return
      try {
        current = await startPostmaster(how)
        return
      } catch (error) {
        logger?.error({ error }, 'the embedded PostgreSQL could not be started again')
      }
    }
  }
}
