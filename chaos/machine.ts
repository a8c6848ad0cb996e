import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'

/** What a figure was measured on. */
export function describeMachine() {
  return {
    cpu: cpus()[0]!.model,
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    load: Math.round(loadavg()[1]! * 10) / 10,
    node: process.version,
  }
}
