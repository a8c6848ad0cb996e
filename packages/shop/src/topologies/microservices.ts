import type { Topology } from 'banyan/runtime'

/** Each service a process of its own with a database of its own, behind a gateway. */
export const microservices: Topology = {
  name: 'microservices',
  databases: 'each',
  processes: [
    { name: 'users', services: ['users'], gateway: false },
    { name: 'products', services: ['products'], gateway: false },
    { name: 'payments', services: ['payments'], gateway: false },
    { name: 'orders', services: ['orders'], gateway: false, needs: ['products', 'payments'] },
    { name: 'notifications', services: ['notifications'], gateway: false, needs: ['users'] },
    { name: 'gateway', services: [], gateway: true },
  ],
}
