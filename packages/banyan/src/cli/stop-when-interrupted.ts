import { orFail } from './fail.ts'
import type { Interrupt } from './interrupt.ts'

/** Drains and ends with 0: being stopped is what a server expects. */
export function stopWhenInterrupted(running: { stop(): Promise<void> }, { signal }: Interrupt): void {
  const stop = () => void orFail(() => running.stop()).then(() => process.exit())
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
}
