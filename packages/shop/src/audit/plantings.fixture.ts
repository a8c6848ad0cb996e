import assert from 'node:assert/strict'
import type { Journal } from 'banyan/chaos'
import { relatedId, systemClock } from 'banyan/core'
import type { Database } from 'banyan/data'
import type { Answer, WorkloadClient } from 'banyan/runtime'
import type { Person } from '../chaos/people.ts'
import { SANDBOX_BOOKS, SANDBOX_DATABASE } from '../payments/providers/sandbox/open-books.ts'

export interface PlantedPlace {
  readonly buyer: Person
  /** Confirmed, of one product each. */
  readonly orderIds: string[]
  readonly cancelledId: string
  readonly journal: Journal
  readonly client: WorkloadClient
  /** Writes what no service would. */
  readonly databaseOf: (name: string, schema?: string) => Database
  /** What the processes write. */
  readonly log: (line: string) => Promise<void>
}

export interface Planting {
  readonly invariant: string
  plant(place: PlantedPlace): Promise<Planted>
}

export interface Planted {
  /** What the audit has to say of it. */
  readonly names: RegExp
  /** Ends what goes on. */
  readonly undo?: () => Promise<void>
}

/** One broken row of each invariant, in orders and products of their own. */
export const plantings: readonly Planting[] = [
  {
    invariant: 'I1',
    async plant({ databaseOf, orderIds: [id] }) {
      const late = "UPDATE orders SET status = 'pending', updated_at = now() - interval '5 minutes' WHERE id = $1"
      await databaseOf('orders').query(late, [id])
      return { names: new RegExp(`order ${id} is still pending`) }
    },
  },
  {
    invariant: 'I2',
    async plant({ databaseOf, orderIds: [, id] }) {
      const paymentId = relatedId('pay', id!)
      await books(databaseOf).query('UPDATE charges SET amount_minor = amount_minor + 1 WHERE key = $1', [paymentId])
      return {
        names: new RegExp(`order ${id} is confirmed with a total of \\d+, the provider captured \\d+, its goods`),
      }
    },
  },
  {
    invariant: 'I3',
    async plant({ databaseOf, cancelledId: id }) {
      await books(databaseOf).query('DELETE FROM refunds WHERE order_id = $1', [id])
      return { names: new RegExp(`order ${id} is cancelled, the provider keeps \\d+`) }
    },
  },
  {
    invariant: 'I4',
    async plant({ databaseOf }) {
      await databaseOf('products').query('UPDATE stock SET reserved = reserved + 1 WHERE product_id = 40')
      return { names: /product 40: .*reserved − open reservations = 1/ }
    },
  },
  {
    invariant: 'I5',
    async plant({ databaseOf, orderIds: [, , id] }) {
      const paymentId = relatedId('pay', id!)
      const payments = databaseOf('payments')
      await payments.query('ALTER TABLE ledger_transfers DISABLE TRIGGER ledger_is_append_only')
      await payments.query('DELETE FROM ledger_transfers WHERE transfer_id = $1', [paymentId])
      await payments.query('ALTER TABLE ledger_transfers ENABLE TRIGGER ledger_is_append_only')
      return { names: new RegExp(`${paymentId}: its row says \\d+, the ledger nothing`) }
    },
  },
  {
    invariant: 'I6',
    async plant({ databaseOf, orderIds: [, , , id] }) {
      await databaseOf('orders').query('DELETE FROM orders WHERE id = $1', [id])
      return { names: new RegExp(`order ${id} was answered 201 and does not exist`) }
    },
  },
  {
    invariant: 'I7',
    async plant({ databaseOf, buyer }) {
      const id = `ord_${buyer.id}_nobody`
      await databaseOf('orders').query(
        `INSERT INTO orders (user_id, id, status, reason, requested, version, created_at, updated_at)
         VALUES ($1, $2, 'cancelled', 'planted', '[]', 1, now(), now())`,
        [buyer.id, id],
      )
      return { names: new RegExp(`1 order in no answer.*${id}`) }
    },
  },
  {
    invariant: 'I8',
    async plant({ databaseOf, orderIds: [, , , , id] }) {
      await databaseOf('orders').query('DELETE FROM banyan_log WHERE aggregate_id = $1 AND version = 1', [id])
      return { names: new RegExp(`orders: ${id} has versions 2 to \\d+, \\d+ in all`) }
    },
  },
  {
    invariant: 'I9',
    async plant({ databaseOf }) {
      await count(databaseOf('notifications'), 'notifications.mail', 1)
      return { names: /notifications: notifications\.mail at .* processed/ }
    },
  },
  {
    invariant: 'I10',
    async plant({ databaseOf, orderIds: [, , , , , id] }) {
      const change = `UPDATE order_history SET document = document || '{"status": "planted"}' WHERE order_id = $1`
      await databaseOf('orders').query(change, [id])
      return {
        names: new RegExp(`order-history: \\d+ rows? differs?: [^]*order_id "${id}": live [^]*"status": "planted"`),
      }
    },
  },
  {
    invariant: 'I11',
    async plant({ databaseOf, client }) {
      // A kept answer lives for seconds. Whenever a right one has come in, the product changes behind its back.
      const products = databaseOf('products')
      const over = new AbortController()
      const changing = change()
      return {
        names: /the memory of .* keeps products\.getProduct productId="31", which the service answers differently/,
        async undo() {
          over.abort()
          await changing
        },
      }

      async function change(): Promise<void> {
        for (let times = 0; !over.signal.aborted;) {
          const kept = await client.request('GET', '/api/v2/products/31')
          if (times === 0 || nameIn(kept) === `Planted ${times}`) {
            await products.query('UPDATE products SET name = $1, version = version + 1 WHERE id = 31', [
              `Planted ${++times}`,
            ])
            await products.query('UPDATE stock SET catalogue_version = catalogue_version + 1 WHERE product_id = 31')
          }
          await systemClock.sleep(10)
        }
      }
    },
  },
  {
    invariant: 'I12',
    async plant({ client, buyer, orderIds: [, , , , , , id] }) {
      const read = { session: buyer.name, path: `/api/v2/orders/${id}` }
      client.noteRead({ ...read, status: 200, stage: 1 })
      client.noteRead({ ...read, status: 404, stage: -1 })
      return { names: new RegExp(`read order ${id}: it is not there, and the session knew of it`) }
    },
  },
  {
    invariant: 'I13',
    async plant({ databaseOf, buyer }) {
      await databaseOf('orders').query(
        `INSERT INTO banyan_keys (shard_key, scope, key, fingerprint, outcome, saga_id, expires_at)
         VALUES ($1, 'planted', 'stuck', '', '{}', $2, now() + interval '1 day')`,
        [buyer.id, `checkout_${buyer.id}_gone`],
      )
      return { names: /orders: key stuck of planted waits for saga checkout_\d+_gone, which is nowhere/ }
    },
  },
  {
    invariant: 'I14',
    async plant({ databaseOf, orderIds: [, , , , , , , id] }) {
      const line = `${JSON.stringify({ kind: 'compensated', step: 'charge', fence: 1, at: new Date(systemClock.now()).toISOString() })}\n`
      const append = 'UPDATE banyan_sagas SET timeline = timeline || $2 WHERE subject = $1'
      await databaseOf('orders').query(append, [id, line])
      return { names: /orders: saga \S+ completed although charge was compensated/ }
    },
  },
  {
    invariant: 'I15',
    async plant({ databaseOf }) {
      await databaseOf('payments').query("INSERT INTO banyan_fences VALUES (1, 'checkout_1_ahead', 9)")
      return { names: /payments: saga checkout_1_ahead was seen under fence 9, its owner is at 1/ }
    },
  },
  {
    invariant: 'I16',
    async plant({ databaseOf }) {
      await databaseOf('payments').query("INSERT INTO banyan_fences VALUES (8, 'checkout_7_stray', 1)")
      return { names: /payments: banyan_fences\.saga_id: 1 row under another user/ }
    },
  },
  {
    invariant: 'I17',
    async plant({ databaseOf }) {
      // One event of that log is gone, too: see I8.
      await count(databaseOf('products'), 'products.sell-reserved', -2)
      return { names: /products: products\.sell-reserved at .* processed/ }
    },
  },
  {
    invariant: 'I18',
    async plant({ databaseOf }) {
      const over = Promise.withResolvers<void>()
      const begun = Promise.withResolvers<void>()
      const held = databaseOf('orders').transaction(async (tx) => {
        await tx.query('SELECT 1')
        begun.resolve()
        await over.promise
      })
      await begun.promise
      await systemClock.sleep(2_000)
      return {
        names: /session \d+ of banyan orders has been in a transaction since /,
        async undo() {
          over.resolve()
          await held
        },
      }
    },
  },
  {
    invariant: 'I21',
    async plant({ log }) {
      await log('authorization: Bearer c2VjcmV0LW9mLWEtY3VzdG9tZXI\n')
      return { names: /app\.log:\d+ holds a bearer token/ }
    },
  },
]

function books(databaseOf: PlantedPlace['databaseOf']): Database {
  return databaseOf(SANDBOX_DATABASE, SANDBOX_BOOKS.schema)
}

function nameIn(answer: Answer | null): string | undefined {
  return (answer?.body.data as { readonly name?: string } | undefined)?.name
}

/** Of one log: in its first lane, which has something to count. */
async function count(database: Database, consumer: string, more: number): Promise<void> {
  const planted = await database.query(
    `UPDATE banyan_positions SET processed = processed + $2
     WHERE ctid = (SELECT ctid FROM banyan_positions WHERE consumer = $1 AND processed > 0 ORDER BY log, lane LIMIT 1)
     RETURNING lane`,
    [consumer, more],
  )
  assert.equal(planted.length, 1, `${consumer} moved meanwhile`)
}
