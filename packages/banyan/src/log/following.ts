import type { LogSource } from './event.ts'

/** Hears of appends only while it is wanted: whoever stands by must not make the log be looked at every few milliseconds. */
export function createFollowing(source: LogSource, wake: () => void): (isWanted: boolean) => void {
  let stop: (() => void) | null = null

  return (isWanted) => {
    if (isWanted) {
      stop ??= source.onAppend(wake)
    } else {
      stop?.()
      stop = null
    }
  }
}
