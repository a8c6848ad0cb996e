import type { Topology } from 'banyan/runtime'

/** Everything in one process: the way a shop begins. */
export const monolith: Topology = {
  name: 'monolith',
  processes: [{ name: 'trunk', services: ['users', 'products', 'orders', 'payments', 'notifications'], gateway: true }],
}
