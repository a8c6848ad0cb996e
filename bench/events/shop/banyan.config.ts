import { defineApp } from 'banyan/runtime'
import { shop } from 'shop'
import { lagService } from './lag-service.ts'

/** The shop as services, and one more that consumes what orders tell. */
const [, microservices] = shop.topologies
export const app = defineApp({
  ...shop,
  services: [...shop.services, lagService],
  topologies: [
    {
      ...microservices!,
      processes: [...microservices!.processes, { name: 'lag', services: ['lag'], gateway: false }],
    },
  ],
})
