import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Metrics } from './metrics.ts'

const RESOLUTION_MS = 20

/**
 * Memory, processor time and event loop delay of this process, read when somebody scrapes. The delay's maximum covers the time
 * since the last scrape. The returned function ends the measuring.
 */
export function observeProcess(metrics: Metrics): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  const gauge = (name: string, help: string, read: () => number) => metrics.gaugeOf({ name, help }, read)

  gauge('process_resident_memory_bytes', 'Memory in RAM.', () => process.memoryUsage.rss())
  gauge('process_cpu_seconds', 'User and system processor time since the start.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  gauge('process_event_loop_delay_max_seconds', 'Longest the event loop was late since the last scrape.', () => {
    const late = delay.max / 1e9 - RESOLUTION_MS / 1000
    delay.reset()
    return Math.max(0, late)
  })
  return () => void delay.disable()
}
