import type { Session, Writer } from 'banyan/data'
import type { ProductRecord } from './product.ts'

/** A row of the view `catalogue`. */
interface CatalogueRow {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly category: string
  readonly price_minor: string
  readonly currency: 'USD'
  readonly attributes: Record<string, unknown>
  readonly available: number
  readonly version: number
  readonly stock_version: string
  readonly created_at: string
  readonly updated_at: string
  readonly changed_at: string
}

/** Product ids in use are decimals; any other text names no product. */
export function isStoredId(id: string): boolean {
  return /^[1-9]\d{0,17}$/.test(id)
}

export async function drawProductIds(session: Session, count: number): Promise<readonly string[]> {
  const rows = await session.query<{ id: string }>(DRAW_IDS, [count])
  return rows.map((row) => row.id)
}

/** Only reads: for those who decide nothing from it. */
export async function readProducts(session: Session, ids: readonly string[]): Promise<readonly ProductRecord[]> {
  const rows = await session.query<CatalogueRow>(READ_PRODUCTS, [ids.filter(isStoredId)])
  return rows.map(toRecord)
}

/** Locks the products in order of their ids, then reads them as they are under the lock. */
export async function lockProducts(tx: Session, ids: readonly string[]): Promise<readonly ProductRecord[]> {
  const [, records] = await Promise.all([tx.query(LOCK_PRODUCTS, [ids.filter(isStoredId)]), readProducts(tx, ids)])
  return records
}

export interface NewProduct {
  readonly record: ProductRecord
  readonly onHand: number
}

/** Products with their stock and the first entry of their ledger. */
export function insertProducts(tx: Writer, products: readonly NewProduct[]): void {
  const records = products.map((product) => product.record)
  const stocked = products.filter((product) => product.onHand > 0)
  tx.execute(INSERT_PRODUCTS, [...contentColumns(records), records.map((record) => record.createdAt)])
  tx.execute(INSERT_STOCK, [
    records.map((record) => record.id),
    products.map((product) => product.onHand),
    products.map((product) => (product.onHand > 0 ? 1 : 0)),
    records.map((record) => record.createdAt),
  ])
  tx.execute(INSERT_INITIAL_MOVEMENTS, [
    stocked.map((product) => product.record.id),
    stocked.map((product) => product.onHand),
    stocked.map((product) => product.record.createdAt),
  ])
}

/** Final states of products that `lockProducts` has locked, each at most once. */
export function updateProducts(tx: Writer, records: readonly ProductRecord[]): void {
  const versions = records.map((record) => record.version)
  tx.execute(UPDATE_PRODUCTS, [...contentColumns(records), versions, records.map((record) => record.updatedAt)])
  tx.execute(TELL_STOCK, [records.map((record) => record.id), versions])
}

export function deleteProducts(tx: Writer, records: readonly ProductRecord[]): void {
  const ids = records.map((record) => record.id)
  tx.execute(DELETE_PRODUCTS, [ids, records.map((record) => record.version), records.map((record) => record.updatedAt)])
  tx.execute(TELL_STOCK, [ids, records.map(() => null)])
}

/** What a stock row says of its product: which description is the present one, and what is available. */
export interface ProductState {
  readonly id: string
  readonly version: number
  readonly stockVersion: number
  readonly available: number
  /** Time of the stock's last change, as PostgreSQL writes it. */
  readonly stockUpdatedAt: string
}

/** The present states of these products, a fifth of the cost of reading them whole. */
export async function readProductStates(session: Session, ids: readonly string[]): Promise<readonly ProductState[]> {
  const rows = await session.query<StateRow>(READ_STATES, [ids.filter(isStoredId)])
  return rows.map((row) => ({
    id: row.product_id,
    version: row.catalogue_version,
    stockVersion: Number(row.version),
    available: row.available,
    stockUpdatedAt: row.updated_at,
  }))
}

interface StateRow {
  readonly product_id: string
  readonly catalogue_version: number
  readonly version: string
  readonly available: number
  readonly updated_at: string
}

function toRecord(row: CatalogueRow): ProductRecord {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    category: row.category,
    price: { amountMinor: Number(row.price_minor), currency: row.currency },
    attributes: row.attributes,
    available: row.available,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    version: row.version,
    stockVersion: Number(row.stock_version),
    changedAt: row.changed_at,
  }
}

function contentColumns(records: readonly ProductRecord[]): readonly unknown[] {
  return [
    records.map((record) => record.id),
    records.map((record) => record.name),
    records.map((record) => record.description),
    records.map((record) => record.category),
    records.map((record) => record.price.amountMinor),
    records.map((record) => record.price.currency),
    records.map((record) => JSON.stringify(record.attributes)),
  ]
}

const DRAW_IDS = `SELECT nextval('product_ids') AS id FROM generate_series(1, $1::int)`

const READ_PRODUCTS = `
  SELECT id, name, description, category, price_minor, currency, attributes, available,
         version, stock_version, created_at, updated_at, changed_at
  FROM catalogue WHERE id = ANY ($1::bigint[])`

const LOCK_PRODUCTS = `
  SELECT id FROM products WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE`

const INSERT_PRODUCTS = `
  INSERT INTO products
    (id, name, description, category, price_minor, currency, attributes, version, created_at, updated_at)
  SELECT id, name, description, category, price_minor, currency, attributes, 1, created_at, created_at
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::jsonb[], $8::timestamptz[])
    AS new (id, name, description, category, price_minor, currency, attributes, created_at)`

const INSERT_STOCK = `
  INSERT INTO stock (product_id, on_hand, reserved, version, catalogue_version, movements, events, updated_at)
  SELECT product_id, on_hand, 0, 1, 1, movements, 1, created_at
  FROM unnest($1::bigint[], $2::int[], $3::int[], $4::timestamptz[]) AS new (product_id, on_hand, movements, created_at)`

const INSERT_INITIAL_MOVEMENTS = `
  INSERT INTO stock_movements (product_id, number, kind, quantity, recorded_at)
  SELECT product_id, 1, 'initial', quantity, recorded_at
  FROM unnest($1::bigint[], $2::int[], $3::timestamptz[]) AS new (product_id, quantity, recorded_at)`

const UPDATE_PRODUCTS = `
  UPDATE products
  SET name = next.name, description = next.description, category = next.category, price_minor = next.price_minor,
      currency = next.currency, attributes = next.attributes, version = next.version, updated_at = next.updated_at
  FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::jsonb[], $8::int[], $9::timestamptz[])
    AS next (id, name, description, category, price_minor, currency, attributes, version, updated_at)
  WHERE products.id = next.id`

// In order of ids, like every lock of stock rows.
const TELL_STOCK = `
  UPDATE stock SET catalogue_version = next.version
  FROM (
    SELECT product_id, next.version
    FROM stock JOIN unnest($1::bigint[], $2::int[]) AS next (id, version) ON next.id = product_id
    ORDER BY product_id FOR UPDATE OF stock
  ) AS next
  WHERE stock.product_id = next.product_id`

const READ_STATES = `
  SELECT product_id, catalogue_version, version, on_hand - reserved AS available, updated_at::text AS updated_at
  FROM stock WHERE product_id = ANY ($1::bigint[]) AND catalogue_version IS NOT NULL`

const DELETE_PRODUCTS = `
  UPDATE products SET version = next.version, updated_at = next.deleted_at, deleted_at = next.deleted_at
  FROM unnest($1::bigint[], $2::int[], $3::timestamptz[]) AS next (id, version, deleted_at)
  WHERE products.id = next.id`
