import { anonymous, createVersions } from 'banyan/contract'
import { defineApp } from 'banyan/runtime'
import { wishlistService } from './service.ts'

/** The smallest app: one service, one process, nobody logged in. */
export const app = defineApp({
  name: 'wishlist',
  services: [wishlistService],
  versions: createVersions({ current: 1, default: 1, transforms: [] }),
  topologies: [{ name: 'monolith', processes: [{ name: 'trunk', services: ['wishlist'], gateway: true }] }],
  settings: {},
  authenticator: () => ({ authenticate: () => ({ principal: anonymous, client: null }) }),
})
