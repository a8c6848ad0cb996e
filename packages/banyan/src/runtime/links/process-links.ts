import type { Discovery } from '../../mesh/index.ts'

/** How a process is reached by others and reaches them. */
export interface ProcessLinks {
  /** Where its wire listens: `tcp://0.0.0.0:4101`, `unix:///run/orders.sock`; `null`: nobody calls it. */
  readonly address: string | null
  readonly discovery: Discovery
}
