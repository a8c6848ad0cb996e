import { defineContract } from 'banyan/contract'
import { defineService } from 'banyan/runtime'

/** Notes each event of an order, so that its commit can be compared with the event's own. */
export const lagService = defineService({
  contract: defineContract({ name: 'lag', operations: {} }),
  migrations: new URL('./migrations/', import.meta.url),
  create: () => ({
    handlers: {},
    consumers: [
      {
        name: 'lag.orders',
        types: ['orders.order-placed.v1', 'orders.order-confirmed.v1'],
        handle(tx, events) {
          const columns = [events.map((at) => at.aggregateId), events.map((at) => at.version)]
          tx.execute('INSERT INTO applied (aggregate_id, version) SELECT * FROM unnest($1::text[], $2::int[])', columns)
          return Promise.resolve()
        },
      },
    ],
  }),
})
