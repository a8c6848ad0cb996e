import { once } from 'node:events'
import type { Interrupt } from '../terminal/interrupt.ts'

/** Goes on until the first signal, then drains: being stopped is what a server expects, and no fault. */
export async function serveUntilInterrupted(running: { stop(): Promise<void> }, { signal }: Interrupt): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
  await running.stop()
}
