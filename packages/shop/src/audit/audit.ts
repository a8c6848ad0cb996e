import { createClient, serviceCall } from 'banyan/contract'
import type { AuditFinding, AuditTools } from 'banyan/runtime'
import { orders } from '../orders/contract.ts'
import { payments } from '../payments/contract.ts'
import { products } from '../products/contract.ts'
import { readBooks } from './books.ts'
import { auditAcknowledged, auditAsked } from './journal.ts'
import { auditReads } from './reads.ts'
import { auditCaptures, auditProvider, auditRefunds } from './money.ts'
import { auditReservations } from './stock.ts'

/** What no service sees alone: orders against the provider's ledger, against reserved stock, and against what clients wrote down. */
export async function auditShop({ wire, journal }: AuditTools): Promise<readonly AuditFinding[]> {
  const caller = serviceCall('audit', { timeoutMs: 60_000 })
  const books = await readBooks({
    orders: createClient(orders, wire, caller),
    payments: createClient(payments, wire, caller),
    products: createClient(products, wire, caller),
  })
  return [
    auditReservations(books),
    auditCaptures(books),
    auditRefunds(books),
    auditProvider(books),
    ...(journal ? [auditAcknowledged(journal, books), auditAsked(journal, books), ...auditReads(journal)] : []),
  ]
}
